import Foundation
import Media
import SeededRandom
import Testing

/// Bits flipped at random over real streams of several codecs and containers. Whatever happens, the
/// reader ends, in an orderly way, and what was written plays to its last picture.
///
/// A quick run tries a few seeds; `DLVIDEO_SEEDS=500` all of them.
@Suite struct DamagedStreamTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    var container: String
    var encoding: String
    var testDescription: String { container + ": " + encoding }
  }

  @Test(arguments: [
    Kind(container: "mp4", encoding: "-c:v libx264 -g 6 -c:a aac"),
    Kind(container: "ts", encoding: "-c:v mpeg2video -g 6 -c:a mp2"),
    Kind(
      container: "webm",
      encoding: "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 6 -c:a libopus"),
    Kind(container: "avi", encoding: "-c:v mjpeg -c:a pcm_s16le"),
  ])
  func flippedBits(kind: Kind) throws {
    let work = Workspace()
    let input = try work.clip(
      "in.\(kind.container)", frames: 12, audio: true, kind.encoding)
    let whole = try Data(contentsOf: URL(fileURLWithPath: input))
    var written = 0
    for seed in seeds(quick: 25) {
      var random = SplitMix(seed: seed)
      var bytes = whole
      // From one bit to a twentieth of the bytes; every third time all in the beginning, where
      // containers keep what they promise.
      let most = max(1, bytes.count / [bytes.count, 4000, 400, 100, 20][seed % 5])
      let span = seed % 3 == 0 ? min(2048, bytes.count) : bytes.count
      for _ in 0..<most {
        bytes[Int.random(in: 0..<span, using: &random)] ^=
          1 << UInt8.random(in: 0..<8, using: &random)
      }
      // Some are cut off as well.
      if seed % 7 == 6 { bytes = bytes.prefix(Int.random(in: 1...bytes.count, using: &random)) }
      let path = work.write(bytes, to: "damaged.\(kind.container)")
      var result: Transcoding?
      let error = mediaError { result = try transcode(path, to: work["out.mkv"]) }
      #expect(error?.cause != .internalFailure, "seed \(seed): \(error!)")
      if let result, !result.times.isEmpty {
        written += 1
        #expect(
          zip(result.stamps, result.stamps.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed)")
        #expect(try picturesThatPlay(work["out.mkv"]) == result.times.count, "seed \(seed)")
      } else {
        #expect(!work.exists("out.mkv"), "seed \(seed) left a part: \(String(describing: error))")
      }
      try? FileManager.default.removeItem(atPath: work["out.mkv"])
    }
    // Most damage leaves something to show.
    #expect(written > seeds(quick: 25).count / 3)
  }

  /// A copied packet of sound may claim any length, and with it the file: its pictures count.
  private func picturesThatPlay(_ path: String) throws -> Int {
    let reader = try MediaReader(path)
    let frame = VideoFrame()
    var count = 0
    do {
      while try reader.read(into: frame) { count += 1 }
    } catch MediaError.brokeMidway {}
    return count
  }
}

/// Time stamps that are missing, run backwards, leap or wrap.
@Suite struct TimeStampTests {
  let work = Workspace()

  private func expectSteady(
    _ result: Transcoding, frames: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(result.times.count == frames, sourceLocation: sourceLocation)
    let written = try Probe(work["out.mp4"]).times()
    #expect(written.count == frames, sourceLocation: sourceLocation)
    #expect(
      zip(written, written.dropFirst()).allSatisfy { abs($1 - $0 - 0.04) < 0.005 },
      "\(written)", sourceLocation: sourceLocation)
  }

  /// A transport stream's clock has 33 bits: it wraps after 26.5 hours.
  @Test func aClockThatWraps() throws {
    let wrap = Double(UInt64(1) << 33) / 90_000
    let input = try work.clip(
      "in.ts", frames: 50, audio: true, "-c:v libx264 -g 10 -c:a aac -output_ts_offset \(wrap - 2)")
    try expectSteady(try transcode(input, to: work["out.mp4"]), frames: 50)
    let sound = try Probe(work["out.mp4"]).json(
      "-select_streams", "a:0", "-show_entries", "packet=pts_time")
    let packets = (sound["packets"] as? [[String: Any]] ?? []).compactMap {
      ($0["pts_time"] as? String).flatMap(Double.init)
    }
    #expect(packets.count > 80)
    #expect(zip(packets, packets.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 < 0.1 })
  }

  @Test func stampsThatAreMissing() throws {
    // A bare stream has none at all.
    let bare = try work.clip("in.h264", frames: 20, "-c:v libx264 -bf 0")
    try expectSteady(try transcode(bare, to: work["out.mp4"]), frames: 20)
    let old = try work.clip("in.m2v", frames: 20, "-c:v mpeg2video -bf 2")
    try FileManager.default.removeItem(atPath: work["out.mp4"])
    try expectSteady(try transcode(old, to: work["out.mp4"]), frames: 20)
  }

  /// Recordings joined in the wrong order: the clock jumps back.
  @Test func stampsThatRunBackwards() throws {
    for (name, offset) in [("late", 100), ("early", 3)] {
      try work.clip("\(name).ts", frames: 25, "-c:v libx264 -bf 0 -output_ts_offset \(offset)")
    }
    let joined = try ["late.ts", "early.ts", "late.ts"].reduce(into: Data()) {
      $0 += try Data(contentsOf: URL(fileURLWithPath: work[$1]))
    }
    let result = try transcode(work.write(joined, to: "in.ts"), to: work["out.mp4"])
    #expect(result.warnings.clockJumps == 2)
    #expect(result.times.count >= 73)
    #expect(zip(result.times, result.times.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 < 0.2 })
  }

  @Test func stampsThatRepeatAndLeap() throws {
    // Every third picture says that it is at 64 s.
    try work.clip("plain.mp4", frames: 20, "-c:v libx264 -bf 0")
    try ffmpeg([
      "-i", work["plain.mp4"], "-c", "copy", "-bsf:v",
      "setts=pts=if(eq(mod(N\\,3)\\,1)\\,5/TB\\,PTS):dts=DTS", work["in.mkv"],
    ])
    let result = try transcode(work["in.mkv"], to: work["out.mkv"])
    #expect(result.times.count == 20)
    #expect(result.warnings.repairedTimestamps > 0)
    #expect(zip(result.stamps, result.stamps.dropFirst()).allSatisfy { $0 < $1 })
    #expect(try readAll(work["out.mkv"]).count == 20)
  }

  /// The longest time that a container can claim.
  @Test func lengthsThatCannotBe() throws {
    let whole = try Data(
      contentsOf: URL(fileURLWithPath: work.clip("in.mp4", frames: 5, "-c:v libx264")))
    for (box, offset, width) in [("mvhd", 20, 4), ("mdhd", 20, 4), ("tkhd", 24, 4)] {
      var claim = whole
      let place = try #require(claim.range(of: Data(box.utf8))).lowerBound + offset
      claim.replaceSubrange(place..<place + width, with: [UInt8](repeating: 0xFF, count: width))
      #expect(
        try transcode(work.write(claim, to: "claim.mp4"), to: work["out.mp4"]).times.count == 5)
      try FileManager.default.removeItem(atPath: work["out.mp4"])
    }
  }
}
