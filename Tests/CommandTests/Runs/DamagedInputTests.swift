import Foundation
import SeededRandom
import Testing

/// Bits flipped at random over real streams: whatever can be decoded is written, and what is
/// written plays.
@Suite struct DamagedInputTests {
  @Test(arguments: ["mp4", "ts", "mkv"])
  func flippedBits(container: String) throws {
    let folder = try Folder()
    try Clips.make(
      folder.path("whole.\(container)"), size: "160x96", frames: 20, extra: ["-g", "5"])
    let whole = try folder.data("whole.\(container)")
    for seed in 0..<12 {
      var random = SplitMix(seed: seed)
      var damaged = whole
      for _ in 0..<[1, 5, 50, 500][seed % 4] {
        let place = Int.random(in: 0..<damaged.count, using: &random)
        damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
      try damaged.write(to: folder.url.appendingPathComponent("in.\(container)"))
      let result = try Program.run(
        "in.\(container)", "-o", "out.mp4", "-y", "-q", "--size", "64x48", folder: folder.url)
      #expect([0, 65].contains(result.status), "seed \(seed): \(result.errors)")
      #expect(result.errorLines.count == (result.status == 0 ? 0 : 1), "seed \(seed)")
      if result.status == 0 {
        #expect(try !Probe.frameTimes(folder.path("out.mp4")).isEmpty, "seed \(seed)")
      }
    }
  }
}
