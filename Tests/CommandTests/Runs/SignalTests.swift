import Foundation
import SeededRandom
import Testing

@Suite struct SignalTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// A job without an end, once it is under way: rows of its `--stats` table have come out.
  private func endlessJob(_ more: String...) throws -> Program.Running {
    let job = try Program.start(
      Program.binary,
      ["lavfi:testsrc2=size=96x64:rate=25", "-o", "out.mp4", "--size", "64x48"] + more,
      folder: folder.url)
    for _ in 0..<2000 where !folder.exists("out.mp4") { usleep(10_000) }
    usleep(200_000)
    return job
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func theFirstFinishesTheOutput(signal: Int32, status: Int32) throws {
    let job = try endlessJob("--json", "s.jsonl")
    job.send(signal)
    let result = job.wait()
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errorLines.count == 1, "\(result.errors)")
    let frames = try Probe.frameTimes(folder.path("out.mp4")).count
    #expect(frames > 0)
    // Nothing is lost or left over: the report has a line for every frame of the video.
    #expect(try folder.text("s.jsonl").split(separator: "\n").count == frames)
  }

  /// Nothing can be finished after SIGKILL; what fragments were written plays.
  @Test func killedWhileWritingFragments() throws {
    let job = try endlessJob("--fragmented")
    for _ in 0..<500 {
      let size = (try? folder.data("out.mp4").count) ?? 0
      if size > 100_000 { break }
      usleep(20_000)
    }
    job.send(SIGKILL)
    #expect(job.wait().status == 128 + SIGKILL)
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count > 0)
  }

  /// At any moment, from the first on: the status is the signal's, and the output is absent or plays.
  @Test(arguments: 0..<12)
  func atRandomMoments(seed: Int) throws {
    var random = SplitMix(seed: seed)
    let signal = [SIGINT, SIGTERM, SIGHUP][seed % 3]
    let isPipe = seed % 4 == 3
    let job = try Program.start(
      Program.binary,
      ["lavfi:testsrc2=size=96x64:rate=25", "-o", isPipe ? "-" : "out.mp4", "--size", "64x48"]
        + (isPipe ? ["--format", "mpegts"] : []), folder: folder.url)
    // Before the listener stands, a signal does what it always does; a shell counts that the same.
    usleep(UInt32.random(in: 0...900_000, using: &random))
    job.send(signal)
    let result = job.wait()
    #expect(result.status == 128 + signal, "\(result.errors)")
    #expect(result.errorLines.count <= 1, "\(result.errors)")
    if isPipe, !result.output.isEmpty {
      try result.output.write(to: folder.url.appendingPathComponent("out.ts"))
      #expect(try !Probe.frameTimes(folder.path("out.ts")).isEmpty)
    } else if folder.exists("out.mp4") {
      #expect(try !Probe.frameTimes(folder.path("out.mp4")).isEmpty)
    }
  }

  /// SIGKILL at any moment: each whole fragment plays.
  @Test(arguments: 0..<4)
  func killedAtRandomMoments(seed: Int) throws {
    var random = SplitMix(seed: 100 + seed)
    let job = try endlessJob("--fragmented")
    usleep(UInt32.random(in: 0...800_000, using: &random))
    job.send(SIGKILL)
    #expect(job.wait().status == 128 + SIGKILL)
    let data = try folder.data("out.mp4")
    let fragments = data.ranges(of: Data("moof".utf8)).count
    if fragments > 1 {
      // All but the last fragment are whole, and a key frame begins each: two seconds of pictures.
      let count = try Probe.frameTimes(folder.path("out.mp4")).count
      #expect(count >= (fragments - 1) * 50, "\(count) pictures in \(fragments) fragments")
    }
  }

  @Test func beforeAnythingIsBegunItEndsAtOnce() throws {
    // Standard input stays open and silent.
    let silence = Pipe()
    let process = Process()
    process.executableURL = Program.binary
    process.arguments = ["-", "-o", folder.path("out.mp4")]
    process.standardInput = silence
    process.standardError = FileHandle.nullDevice
    try process.run()
    usleep(300_000)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 130)
    #expect(!folder.exists("out.mp4"))
    try silence.fileHandleForWriting.close()
  }
}

@Suite struct TerminalTests {
  /// On a terminal a progress line is drawn and removed; a message never stands on its line.
  @Test func progressIsDrawnOnATerminalOnly() throws {
    let folder = try Folder()
    try Clips.make(folder.path("in.mp4"), size: "320x180", frames: 40)
    let command = "'\(Program.binary.path)' in.mp4 -o out.mp4 -y --size 64x48"
    func onTerminal(_ more: String) throws -> String {
      let result = try Program.run(
        URL(fileURLWithPath: "/usr/bin/env"),
        ["script", "-qec", command + more, "/dev/null"], folder: folder.url)
      #expect(result.status == 0, "\(result.outputText)")
      return result.outputText
    }
    let shown = try onTerminal("")
    #expect(shown.contains("\rframe "))
    #expect(shown.contains("\r\u{1B}[Kdlvideo: 40 frames") || shown.contains("\u{1B}[Kdlvideo: "))
    #expect(!(try onTerminal(" --no-progress")).contains("\rframe "))
    #expect(try onTerminal(" -q").isEmpty)
    let piped = try Program.run(
      Program.binary, ["in.mp4", "-o", "out.mp4", "-y", "--size", "64x48"], folder: folder.url)
    #expect(!piped.errors.contains("\r"))
  }
}
