import Foundation

/// A folder that goes when its owner does.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("dlvideo-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }
}

/// Small clips made by FFmpeg's generators.
enum Clips {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a program of the path and expects it to succeed.
  @discardableResult
  static func tool(_ arguments: [String]) throws -> Data {
    let result = try Program.run(URL(fileURLWithPath: "/usr/bin/env"), arguments)
    guard result.status == 0 else {
      throw Failed(description: "\(arguments.joined(separator: " ")): \(result.errors)")
    }
    return result.output
  }

  static func ffmpeg(_ arguments: [String]) throws {
    try tool(["ffmpeg", "-v", "error", "-nostdin", "-y"] + arguments)
  }

  /// `frames` moving pictures at 25 a second, H.264, with a tone as AAC.
  static func make(
    _ path: String, size: String = "96x64", frames: Int = 12, audio: Bool = true,
    filter: String? = nil, codec: [String] = ["-c:v", "libx264", "-preset", "ultrafast"],
    extra: [String] = []
  ) throws {
    let seconds = Double(frames) / 25
    var arguments = ["-f", "lavfi", "-i", "testsrc2=size=\(size):rate=25:duration=\(seconds)"]
    if audio {
      arguments += ["-f", "lavfi", "-i", "sine=frequency=440:duration=\(seconds)", "-c:a", "aac"]
    }
    if let filter { arguments += ["-vf", filter] }
    try ffmpeg(arguments + codec + ["-map_metadata", "-1"] + extra + [path])
  }
}

/// What ffprobe says of a file.
enum Probe {
  /// The rows of one kind of section (`frame`, `packet`, `stream`), each a dictionary of texts.
  static func rows(_ path: String, _ arguments: [String]) throws -> [[String: String]] {
    let output = try Clips.tool(["ffprobe", "-v", "error"] + arguments + ["-of", "compact", path])
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map { line in
      var row: [String: String] = [:]
      for field in line.split(separator: "|").dropFirst() {
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { row[String(parts[0])] = String(parts[1]) }
      }
      return row
    }
  }

  static func stream(_ path: String, _ kind: String = "v:0") throws -> [String: String] {
    try rows(path, ["-select_streams", kind, "-count_packets", "-show_streams"]).first ?? [:]
  }

  /// Presentation times in seconds of the frames that a player decodes.
  static func frameTimes(_ path: String) throws -> [Double] {
    try rows(path, ["-select_streams", "v:0", "-show_entries", "frame=pts_time"])
      .compactMap { $0["pts_time"].flatMap(Double.init) }
  }

  static func packetCount(_ path: String, _ kind: String) throws -> Int {
    Int(try stream(path, kind)["nb_read_packets"] ?? "") ?? 0
  }

  /// The checksum of every decoded picture, one for each frame.
  static func pictures(_ path: String, filter: String? = nil) throws -> [String] {
    let output = try Clips.tool(
      ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:v:0"]
        + (filter.map { ["-vf", $0] } ?? []) + ["-fps_mode", "passthrough", "-f", "framemd5", "-"])
    return String(decoding: output, as: UTF8.self).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .compactMap { $0.split(separator: ",").last.map { $0.trimmingCharacters(in: .whitespaces) } }
  }
}
