import Foundation
import Media
import Testing

/// Claims that no real input makes: refused, or read as far as they are true.
@Suite struct HostileInputTests {
  let work = Workspace()

  /// Resident memory of this process at its peak, bytes.
  private var peak: Int64 {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (line.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0) * 1024
  }

  @Test(arguments: [
    "color=size=12000x12000:rate=1:duration=1", "color=size=20000x16:rate=1:duration=1",
    "testsrc2=size=16x20000:rate=1:duration=1",
    "color=size=9000x9000:d=1[out0];testsrc2=size=64x48:d=1[out1]",
  ])
  func hugePicturesAreRefusedBeforeTheyAreDrawn(graph: String) {
    let before = peak
    let error = mediaError { _ = try readAll("lavfi:" + graph) }
    #expect(error?.cause == .badInput && error?.description.contains("too large") == true)
    #expect(peak - before < 700 << 20, "\(peak - before) bytes more")
  }

  /// A picture file whose header claims more than is in it.
  @Test func hugePictureFiles() throws {
    let png = try Data(
      contentsOf: URL(fileURLWithPath: work.clip("a.png", frames: 1, "-update 1")))
    for size in [UInt32(20_000), 0x7FFF_FFFF, 0xFFFF_FFFF] {
      var claim = png
      for byte in 0..<8 {
        claim[16 + byte] = UInt8(truncatingIfNeeded: size >> (24 - byte % 4 * 8))
      }
      let before = peak
      let error = mediaError { _ = try readAll(work.write(claim, to: "huge.png")) }
      #expect(error?.cause == .badInput, "\(size)")
      #expect(peak - before < 300 << 20)
    }
  }

  /// Every 32-bit field of an MP4's index, made as large as can be, in turn.
  @Test func everyFieldOfAnIndexMayLie() throws {
    let whole = try Data(
      contentsOf: URL(
        fileURLWithPath: work.clip(
          "in.mp4", frames: 5, audio: true, "-c:v libx264 -c:a aac -movflags +faststart")))
    let index = try #require(whole.range(of: Data("moov".utf8)))
    let end = try #require(whole.range(of: Data("mdat".utf8))).lowerBound
    let values: [[UInt8]] = [
      [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0],
    ]
    for (number, place) in stride(from: index.lowerBound, to: end - 4, by: 4).enumerated() {
      var claim = whole
      claim.replaceSubrange(place..<place + 4, with: values[number % 3])
      let error = mediaError {
        try transcode(work.write(claim, to: "claim.mp4"), to: work["out.mp4"])
      }
      #expect(error?.cause != .internalFailure, "at \(place): \(error!)")
      try? FileManager.default.removeItem(atPath: work["out.mp4"])
    }
  }

  @Test func manyStreamsAndLongMetadata() throws {
    // 40 streams, of which one is parsed and the others are copied.
    var arguments = [
      "-f", "lavfi", "-i", "testsrc2=size=64x48:d=0.2", "-f", "lavfi", "-i", "sine=d=0.2",
    ]
    for _ in 0..<40 { arguments += ["-map", "1:a"] }
    try ffmpeg(arguments + ["-map", "0:v", "-c:a", "aac", work["many.mkv"]])
    #expect(try transcode(work["many.mkv"], to: work["out.mkv"]).times.count == 5)

    // A tag that is as long as a novel comes along; one as long as a library does not.
    for (size, isKept) in [(500_000, true), (3_000_000, false)] {
      let tags = ";FFMETADATA1\ntitle=short\ncomment=" + String(repeating: "x", count: size) + "\n"
      try ffmpeg([
        "-f", "lavfi", "-i", "testsrc2=size=64x48:d=0.2", "-i",
        work.write(Data(tags.utf8), to: "t"),
        "-map_metadata", "1", work["tags.mkv"],
      ])
      try transcode(work["tags.mkv"], to: work["tags-out.mkv"])
      let attributes = try FileManager.default.attributesOfItem(atPath: work["tags-out.mkv"])
      #expect(((attributes[.size] as? Int ?? 0) > size) == isKept)
      try FileManager.default.removeItem(atPath: work["tags-out.mkv"])
    }
  }

  @Test func moreStreamsThanTheLimit() throws {
    // A program map that grows: FFmpeg is asked to stop at 256 streams.
    var arguments = ["-f", "lavfi", "-i", "sine=d=0.1"]
    for _ in 0..<300 { arguments += ["-map", "0:a"] }
    try ffmpeg(arguments + ["-c:a", "pcm_u8", "-ar", "8000", work["many.mkv"]])
    #expect(mediaError { _ = try readAll(work["many.mkv"]) }?.cause == .badInput)
  }

  @Test func picturesWithAGap() throws {
    try work.clip("%03d.png", frames: 8, "-start_number 3")
    #expect(try readAll(work["%03d.png"]).count == 8)
    try FileManager.default.removeItem(atPath: work["007.png"])
    guard case .brokeMidway(_, 4, let reason) = mediaError({ _ = try readAll(work["%03d.png"]) })
    else {
      Issue.record("the gap was not told")
      return
    }
    #expect(reason.contains("7") && reason.contains("8"))
    _ = work.write(Data(), to: "006.png")
    #expect(mediaError { _ = try readAll(work["%03d.png"]) }?.cause == .badInput)
    // A number far away belongs to another file.
    for name in ["006.png", "008.png", "009.png", "010.png"] {
      try FileManager.default.removeItem(atPath: work[name])
    }
    _ = work.write(Data([1]), to: "20240101.png")
    #expect(try readAll(work["%03d.png"]).count == 3)
  }
}
