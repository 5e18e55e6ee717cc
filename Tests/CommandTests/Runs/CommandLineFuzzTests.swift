import Foundation
import SeededRandom
import Testing

/// Whatever is typed, the answer is one line and a documented status.
@Suite struct CommandLineFuzzTests {
  private static let options = [
    "--start", "--duration", "--frames", "--every", "--model", "--size", "--precision",
    "--threads", "--codec", "--crf", "--preset", "--bitrate", "--format", "--no-audio", "--alpha",
    "--no-contours", "--legend", "--side-by-side", "--stats", "--json", "--panoptic", "--trace",
    "--live", "--drop", "--max-latency", "-y", "-q", "-v", "--no-progress", "-o", "--nonsense",
    "-", "--", "-x", "--size=", "--fragmented", "--timeout", "--reconnect", "--no-tracking",
  ]
  private static let values = [
    "", "0", "-1", "1", "1e99", "nan", "512x288", "x", "1:2:3", "auto", "latest", "none/none",
    "99999999999999999999", "é漢", "a\nb", "%s%n", "../..", "/dev/null", "lavfi:", "v4l2://",
    "http://", "\u{1B}[2J", "{}", "'", "*",
  ]

  @Test(arguments: 0..<60)
  func anyArguments(seed: Int) throws {
    let folder = try Folder()
    var random = SplitMix(seed: seed)
    var arguments: [String] = []
    for _ in 0..<Int.random(in: 1...7, using: &random) {
      arguments.append(Self.options.randomElement(using: &random)!)
      if Bool.random(using: &random) {
        arguments.append(Self.values.randomElement(using: &random)!)
      }
    }
    // There is no such input, so nothing is ever done.
    arguments.insert("none.mp4", at: Int.random(in: 0...arguments.count, using: &random))
    let result = try Program.run(Program.binary, arguments, input: Data(), folder: folder.url)
    #expect([64, 65, 66, 69, 73].contains(result.status), "\(arguments): \(result)")
    #expect(result.errors.hasPrefix("dlvideo: "), "\(arguments): \(result.errors)")
    if !arguments.contains("-v") {
      #expect(result.errorLines.count == 1, "\(arguments): \(result.errors)")
    }
    #expect(!result.errors.contains("\u{1B}"))
  }

  /// Numbers without sense in a job that is done: every option is used, not only read.
  @Test(arguments: 0..<24)
  func absurdValuesInAJob(seed: Int) throws {
    let folder = try Folder()
    var random = SplitMix(seed: 1000 + seed)
    let numbers = [
      "0", "1", "-1", "3", "0.5", "1e-300", "1e300", "1e18", "9223372036854775807",
      "9223372036854775808", "18446744073709551616", "4294967296", "2147483647", "nan", "inf",
      "-inf", "0x10", "1:59:59", "999999999", "1e8", "100000000k", "1k", "63", "16x16", "16x4096",
    ]
    let options = [
      "--start", "--duration", "--frames", "--every", "--size", "--threads", "--crf", "--bitrate",
      "--alpha", "--max-latency", "--timeout", "--reconnect", "--preset",
    ]
    var arguments = ["lavfi:testsrc2=size=64x48:rate=25:duration=0.12", "-o", "out.mkv"]
    for option in options.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)) {
      arguments.append(option + "=" + numbers.randomElement(using: &random)!)
    }
    if Bool.random(using: &random) { arguments.append("--live") }
    if !arguments.contains(where: { $0.hasPrefix("--size") }) { arguments.append("--size=64x48") }
    let result = try Program.run(Program.binary, arguments, folder: folder.url)
    #expect([0, 64, 65].contains(result.status), "\(arguments): \(result.status) \(result.errors)")
    #expect(result.errorLines.count <= 2, "\(arguments): \(result.errors)")
    #expect(folder.exists("out.mkv") == (result.status == 0), "\(arguments)")
  }
}
