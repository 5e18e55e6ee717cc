import Panoptic

/// The results that a job writes as files while it runs: `--json` and `--panoptic`.
final class FrameReports: @unchecked Sendable {
  private let lines: FrameLines?
  private let folder: PanopticFolder?
  private let grid: PictureGrid
  private let files: [OutputFile]

  /// Refuses the files that are there already, before any work.
  static func refuseExisting(_ options: ReportOptions, overwrites: Bool) throws {
    let folderIndex = options.panoptic.map { $0 + "/" + PanopticFolder.indexName }
    for path in [options.stats, options.json, options.trace, folderIndex].compactMap({ $0 }) {
      try OutputFile.refuseExisting(path, overwrites: overwrites, mayBeEmpty: true)
    }
  }

  /// - Parameter grid: how the maps lie on the upright picture, in whose pixels reports are.
  init(
    _ options: ReportOptions, classes: [ClassInfo], grid: PictureGrid, overwrites: Bool
  ) throws {
    self.grid = grid
    let linesFile = try options.json.map { try OutputFile($0, overwrites: overwrites) }
    lines = linesFile.map { FrameLines($0, classes: classes) }
    do {
      folder = try options.panoptic.map {
        try PanopticFolder($0, classes: classes, overwrites: overwrites)
      }
    } catch {
      linesFile?.discard()
      throw error
    }
    files = [linesFile, folder?.file].compactMap { $0 }
  }

  var isEmpty: Bool { lines == nil && folder == nil }

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
  func discard() { files.forEach { $0.discard() } }
}
