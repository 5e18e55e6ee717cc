import Glibc
import Panoptic
import Pipeline

/// What a job writes as files beside the video while it runs: results (`--json`, `--panoptic`) in
/// a stage of their own, measurements (`--stats`, `--trace`) as observers of finished frames.
final class FrameReports: @unchecked Sendable {
  private let lines: FrameLines?
  private let folder: PanopticFolder?
  private let grid: PictureGrid
  let observers: [any FrameObserver<FrameSlot>]
  private let paths: [String]

  /// Refuses the files that are there already or are read, before any work.
  static func claim(_ options: ReportOptions, in files: inout FileClaims) throws {
    for path in [options.stats, options.json, options.trace] { try files.write(path) }
    try files.write(panopticFolder: options.panoptic)
  }

  /// - Parameters:
  ///   - grid: how the maps lie on the upright picture, in whose pixels reports are.
  ///   - parts: what a trace shows within the stages.
  init(
    _ options: ReportOptions, classes: [ClassInfo], grid: PictureGrid, overwrites: Bool,
    parts: [StageParts<FrameSlot>] = []
  ) throws {
    self.grid = grid
    paths = Self.paths(options)
    do {
      lines = try options.json.map {
        FrameLines(try OutputFile($0, overwrites: overwrites), classes: classes)
      }
      folder = try options.panoptic.map {
        try PanopticFolder($0, classes: classes, overwrites: overwrites)
      }
      let table = try options.stats.map { try Self.table($0) }
      let trace = try options.trace.map { try TraceWriter(path: $0, overwrite: true, parts: parts) }
      observers = [table, trace].compactMap { $0 }
    } catch {
      Self.removeEmpty(paths)
      throw error
    }
  }

  private static func paths(_ options: ReportOptions) -> [String] {
    let index = options.panoptic.map { $0 + "/" + PanopticFolder.indexName }
    return [options.stats, options.json, options.trace, index].compactMap { $0 }
  }

  /// `frame,pts,` the stages' times `latency_ms,dropped,instances`.
  private static func table(_ path: String) throws -> any FrameObserver<FrameSlot> {
    try FrameTable<FrameSlot>(
      path: path, overwrite: true,
      leading: [.init("pts") { slot, _ in .integer(Int(slot.canvas.presentationTime)) }],
      trailing: [.init("instances") { slot, _ in .integer(slot.thingCount) }])
  }

  func write(_ slot: FrameSlot) throws {
    let map = slot.isParsed ? slot.parsing.map : nil
    try lines?.write(
      frame: slot.number, pts: slot.decoded.presentationTime, seconds: slot.decoded.timeSeconds,
      map: map, grid: grid)
    if let map { try folder?.write(frame: slot.number, map: map, grid: grid) }
  }

  func close() throws {
    try lines?.close()
    try folder?.close()
  }

  /// Removes the files of a job that never began.
  func discard() { Self.removeEmpty(paths) }

  private static func removeEmpty(_ paths: [String]) {
    for path in paths {
      var info = stat()
      if stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size == 0 {
        unlink(path)
      }
    }
  }
}
