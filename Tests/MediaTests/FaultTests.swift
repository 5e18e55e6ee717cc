import Foundation
import Media
import Testing

/// Every FFmpeg call is made to fail in turn: one clear error, nothing half-written, no leak.
@Suite struct FaultTests {
  let work = Workspace()

  @Test(arguments: FFmpegCall.allCases)
  func everyCallMayFail(call: FFmpegCall) throws {
    let input = try work.clip(
      "in.mp4", frames: 8, audio: true, "-c:v libx264 -c:a aac -metadata title=x")
    let output = work["out.mp4"]
    let noMemory: Int32 = -12
    for nth in [1, 2, 5] {
      let plan = FaultPlan(call, nth: nth, code: noMemory)
      let error = mediaError {
        try FaultInjection.$plan.withValue(plan) {
          _ = try transcode(input, to: output)
        }
      }
      if let error {
        #expect(plan.hasFired, "\(call) \(nth): \(error)")
        #expect(!error.description.isEmpty && !error.description.contains("\n"))
        #expect(!work.exists("out.mp4"), "\(call) \(nth) left half an output")
      } else {
        // Not reached, or survived (a seek, a broken end): the output is then whole.
        #expect(try !Probe(output).times().isEmpty)
      }
      try? FileManager.default.removeItem(atPath: output)
    }
  }

  @Test func failuresLeakNoFiles() throws {
    let input = try work.clip("in.mp4", frames: 8, "-c:v libx264")
    func openFiles() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
      }.filter { $0.hasPrefix(work.path) }
    }
    for call in FFmpegCall.allCases {
      let plan = FaultPlan(call, nth: 1, code: -5)
      FaultInjection.$plan.withValue(plan) {
        _ = try? transcode(input, to: work["out.mp4"])
      }
      #expect(try openFiles().isEmpty, "\(call)")
      try? FileManager.default.removeItem(atPath: work["out.mp4"])
    }
  }

  @Test func flippedBitsNeverCrash() throws {
    let input = try work.clip("in.mp4", frames: 10, audio: true, "-c:v libx264 -c:a aac")
    let whole = try Data(contentsOf: URL(fileURLWithPath: input))
    for seed in 0..<40 {
      var random = SplitMix(state: UInt64(seed))
      var bytes = whole
      for _ in 0..<20 {
        bytes[Int(random.next() % UInt64(bytes.count))] ^= UInt8(1 << (random.next() % 8))
      }
      let path = work.write(bytes, to: "flipped.mp4")
      let error = mediaError { try transcode(path, to: work["out.mp4"]) }
      #expect(error?.cause != .internalFailure, "seed \(seed): \(error!)")
      try? FileManager.default.removeItem(atPath: work["out.mp4"])
    }
  }

  struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
