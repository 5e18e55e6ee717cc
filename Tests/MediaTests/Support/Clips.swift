import Foundation

/// A temporary folder with clips in it, gone when the test ends.
final class Workspace {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "media-tests-" + UUID().uuidString
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(name: String) -> String { path + "/" + name }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name]) }

  func write(_ bytes: Data, to name: String) -> String {
    _ = FileManager.default.createFile(atPath: self[name], contents: bytes)
    return self[name]
  }

  /// A moving picture of `frames` frames, 25 a second, by FFmpeg's own program.
  @discardableResult
  func clip(
    _ name: String, size: String = "96x64", frames: Int = 15, rate: String = "25",
    audio: Bool = false, _ arguments: String...
  ) throws -> String {
    let ratio = rate.split(separator: "/").compactMap { Double($0) }
    let seconds = Double(frames) / (ratio.count == 2 ? ratio[0] / ratio[1] : ratio[0])
    var list = ["-t", String(seconds), "-f", "lavfi", "-i", "testsrc2=size=\(size):rate=\(rate)"]
    if audio {
      list += ["-t", String(seconds), "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"]
    }
    // A limit in frames would end the sound before it began.
    if !audio { list += ["-frames:v", String(frames)] }
    list += arguments.flatMap { $0.split(separator: " ").map(String.init) }
    try ffmpeg(list + [self[name]])
    return self[name]
  }
}

struct ToolFailure: Error, CustomStringConvertible {
  var description: String
}

@discardableResult
func ffmpeg(_ arguments: [String]) throws -> String {
  try run("ffmpeg", ["-hide_banner", "-loglevel", "error", "-nostdin", "-y"] + arguments)
}

@discardableResult
func run(_ tool: String, _ arguments: [String]) throws -> String {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [tool] + arguments
  // Files, not pipes: reading a pipe to its end may be interrupted, which Foundation takes badly.
  let base = NSTemporaryDirectory() + "media-tests-run-" + UUID().uuidString
  let paths = [base + ".out", base + ".err"]
  defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
  for path in paths { _ = FileManager.default.createFile(atPath: path, contents: nil) }
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = FileHandle(forWritingAtPath: paths[0])
  process.standardError = FileHandle(forWritingAtPath: paths[1])
  try process.run()
  process.waitUntilExit()
  let text = try Data(contentsOf: URL(fileURLWithPath: paths[0]))
  let complaint = try Data(contentsOf: URL(fileURLWithPath: paths[1]))
  guard process.terminationStatus == 0 else {
    throw ToolFailure(
      description: "\(tool) \(arguments.joined(separator: " ")): "
        + String(decoding: complaint, as: UTF8.self))
  }
  return String(decoding: text, as: UTF8.self)
}

/// What ffprobe says of a file.
struct Probe {
  let path: String

  init(_ path: String) { self.path = path }

  /// One entry a frame of the video, in decoding order of the frames shown.
  func frames(_ entry: String) throws -> [String] {
    try lines(["-select_streams", "v:0", "-show_entries", "frame=\(entry)"])
  }

  /// Presentation times of the video, in seconds.
  func times() throws -> [Double] {
    try frames("best_effort_timestamp_time").compactMap(Double.init)
  }

  func stream(_ entry: String, _ selector: String = "v:0") throws -> String {
    try lines(["-select_streams", selector, "-show_entries", "stream=\(entry)"]).first ?? ""
  }

  func packetCount(_ selector: String) throws -> Int {
    try lines(["-select_streams", selector, "-show_entries", "packet=pts"]).count
  }

  func json(_ arguments: String...) throws -> [String: Any] {
    let text = try run("ffprobe", ["-v", "error", "-of", "json"] + arguments + [path])
    return try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [String: Any]
  }

  private func lines(_ arguments: [String]) throws -> [String] {
    try run("ffprobe", ["-v", "error", "-of", "csv=p=0"] + arguments + [path])
      .split(separator: "\n").map { $0.split(separator: ",").first.map(String.init) ?? "" }
  }
}
