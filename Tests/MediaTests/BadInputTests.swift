import Foundation
import Media
import Testing

/// Whatever is wrong is told in one line, by its cause, and leaves nothing half-written.
@Suite struct BadInputTests {
  let work = Workspace()

  private func openingError(_ input: String) -> MediaError? {
    mediaError { _ = try readAll(input) }
  }

  @Test func missingFile() {
    let error = openingError(work["none.mp4"])
    #expect(error?.cause == .noSuchInput)
    #expect(error?.description.contains("No such file") == true)
  }

  @Test func folderEmptyFileTextAndGarbage() {
    #expect(openingError(work.path)?.cause == .badInput)
    #expect(openingError(work.path)?.description.contains("folder") == true)
    let empty = openingError(work.write(Data(), to: "empty.mp4"))
    #expect(empty?.cause == .badInput && empty?.description.contains("empty") == true)
    #expect(
      openingError(work.write(Data("Hello, reader.\n".utf8), to: "t.mp4"))?.cause == .badInput)
    #expect(
      openingError(work.write(Data("Hello, reader.\n".utf8), to: "t.txt"))?.cause == .badInput)
    var bytes = Data(count: 20_000)
    for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: i &* 2_654_435_761 >> 13) }
    #expect(openingError(work.write(bytes, to: "noise.mkv"))?.cause == .badInput)
  }

  @Test func audioOnly() throws {
    try ffmpeg(["-f", "lavfi", "-t", "0.5", "-i", "sine", work["a.m4a"]])
    let error = openingError(work["a.m4a"])
    #expect(error?.cause == .badInput && error?.description.contains("no video") == true)
  }

  @Test func wrongProtocolCameraAndGraph() {
    #expect(openingError("nosuch://host/x.mp4")?.cause == .noSuchInput)
    #expect(openingError("v4l2:///dev/video77")?.cause == .noSuchInput)
    #expect(openingError("/dev/video77")?.cause == .noSuchInput)
    #expect(openingError("v4l2:///dev/null?speed=3")?.description.contains("speed") == true)
    #expect(openingError("v4l2:///dev/null?size=big")?.cause == .wrongOption)
    #expect(openingError("lavfi:nosuchfilter")?.cause != nil)
  }

  @Test(arguments: ["mp4", "mkv", "avi"])
  func truncatedFileGivesItsFramesThenSaysSo(container: String) throws {
    let extra = container == "mp4" ? "-movflags +faststart" : ""
    let input = try work.clip(
      "in.\(container)", size: "320x240", frames: 50, "-c:v libx264 -g 10 -b:v 800k \(extra)")
    let whole = try Data(contentsOf: URL(fileURLWithPath: input))
    let cut = work.write(whole.prefix(whole.count * 6 / 10), to: "cut.\(container)")
    let result = try transcode(cut, to: work["out.mp4"])
    #expect((10..<50).contains(result.times.count))
    guard case .brokeMidway(_, let frames, _) = result.readError else {
      Issue.record("no break was told but \(String(describing: result.readError))")
      return
    }
    #expect(frames == result.times.count)
    #expect(try Probe(work["out.mp4"]).times().count == frames)
    #expect(try readAll(input).count == 50)
  }

  @Test func truncatedBeforeItsIndex() throws {
    let input = try work.clip("in.mp4", frames: 20, "-c:v libx264")
    let whole = try Data(contentsOf: URL(fileURLWithPath: input))
    let error = openingError(work.write(whole.prefix(whole.count / 2), to: "cut.mp4"))
    #expect(error?.cause == .badInput)
  }

  @Test func damagedPacketsAreCountedAndPassed() throws {
    let input = try work.clip("in.ts", size: "320x240", frames: 50, "-c:v libx264 -g 10")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: input))
    for offset in stride(from: bytes.count / 3, to: bytes.count / 2, by: 701) {
      bytes[offset] ^= 0xFF
    }
    let damaged = work.write(bytes, to: "bad.ts")
    let result = try transcode(damaged, to: work["out.mp4"])
    #expect(result.times.count > 25)
    #expect(!result.warnings.isEmpty)
    #expect(zip(result.stamps, result.stamps.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func joinedTransportStreamsRunOn() throws {
    let input = try work.clip("in.ts", frames: 75, "-c:v libx264 -bf 0")
    let once = try Data(contentsOf: URL(fileURLWithPath: input))
    let result = try transcode(work.write(once + once, to: "twice.ts"), to: work["out.mp4"])
    #expect(result.times.count >= 148)
    #expect(result.warnings.clockJumps == 1)
    #expect(zip(result.times, result.times.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 < 0.2 })
  }

  @Test func outputsThatCannotBe() throws {
    let input = try work.clip("in.mp4", frames: 5, "-c:v libx264")
    func error(_ output: String, _ change: (inout MediaWriter.Options) -> Void = { _ in })
      -> MediaError?
    {
      var options = MediaWriter.Options()
      change(&options)
      return mediaError { try transcode(input, to: output, writing: options) }
    }
    #expect(error(work["none/out.mp4"])?.cause == .cannotCreate)
    #expect(error(work.path)?.cause != nil)
    #expect(error(input)?.cause == .cannotCreate)
    #expect(error(input) { $0.overwrites = true }?.description.contains("input itself") == true)
    _ = work.write(Data("keep".utf8), to: "there.mp4")
    #expect(error(work["there.mp4"])?.cause == .cannotCreate)
    #expect(try String(contentsOfFile: work["there.mp4"], encoding: .utf8) == "keep")
    #expect(error(work["x.mp4"]) { $0.codec = "nosuch" }?.cause == .wrongOption)
    #expect(error(work["x.mp4"]) { $0.format = "nosuch" }?.cause == .wrongOption)
    #expect(error(work["x.mp4"]) { $0.preset = "nosuch" }?.cause == .wrongOption)
    #expect(error(work["x.mp4"]) { $0.codec = "aac" }?.cause == .wrongOption)
    #expect(error(work["x.mp4"]) { $0.codec = "gif" }?.cause == .wrongOption)
    #expect(error(work["x.mp4"]) { $0.encoderOptions = ["nosuch": "1"] }?.cause == .wrongOption)
    #expect(error(work["x.nosuch"])?.cause == .wrongOption)
    #expect(!work.exists("x.mp4") && !work.exists("x.nosuch"))
  }

  @Test func fullDisk() throws {
    let input = try work.clip("in.mp4", size: "320x240", frames: 25, "-c:v libx264")
    for format in ["mp4", "matroska", "mpegts"] {
      var options = MediaWriter.Options()
      options.format = format
      let error = mediaError { try transcode(input, to: "/dev/full", writing: options) }
      #expect(error?.cause == .writeFailed, "\(format)")
      #expect(error?.description.contains("No space left") == true)
    }
    #expect(FileManager.default.fileExists(atPath: "/dev/full"))
  }

  @Test func playlistOpensNothingUnnamed() throws {
    try work.clip("secret.ts", frames: 5, "-c:v libx264")
    let playlist = """
      #EXTM3U
      #EXT-X-TARGETDURATION:1
      #EXTINF:0.2,
      http://127.0.0.1:9/secret.ts
      #EXT-X-ENDLIST
      """
    #expect(openingError(work.write(Data(playlist.utf8), to: "p.m3u8"))?.cause == .badInput)
  }

  @Test func hugePicturesAreRefused() {
    #expect(openingError("lavfi:color=size=20000x16:rate=1:duration=1")?.cause == .badInput)
  }
}
