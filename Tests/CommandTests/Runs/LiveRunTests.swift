import Foundation
import StreamServers
import Testing

/// Live sources and outputs as a user has them. `lavfi:` in real time goes the way that a camera goes.
@Suite struct LiveRunTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  private let small = ["--size", "64x48", "-y"]

  private func start(_ arguments: String...) throws -> Program.Running {
    try Program.start(Program.binary, arguments + small, folder: folder.url)
  }

  private func stream(frames: Int = 50) throws -> Data {
    try Clips.make(
      folder.path("in.ts"), frames: frames,
      codec: ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-bf", "0"])
    return try folder.data("in.ts")
  }

  private func table(_ name: String) throws -> [[String: Double]] {
    let lines = try folder.text(name).split(separator: "\n").map { $0.split(separator: ",") }
    return lines.dropFirst().map { line in
      Dictionary(
        zip(lines[0].map(String.init), line.map { Double($0) ?? .nan }), uniquingKeysWith: { $1 })
    }
  }

  /// Fragments: a box `moof` for each.
  private func fragmentCount(_ name: String) throws -> Int {
    let data = try folder.data(name)
    var count = 0
    var from = data.startIndex
    while let found = data.range(of: Data("moof".utf8), in: from..<data.endIndex) {
      count += 1
      from = found.upperBound
    }
    return count
  }

  /// A source of 300 frames a second is more than can be drawn, encoded and written at this size.
  @Test func dropsAreCountedAndTimesAreTheSources() throws {
    let result = try start(
      "lavfi:testsrc2=size=1280x720:rate=300", "-o", "out.mp4", "--live", "--frames", "40",
      "--stats", "s.csv"
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    let rows = try table("s.csv")
    // The limit counts frames that went through.
    #expect(rows.count == 40)
    let dropped = rows.reduce(0) { $0 + $1["dropped"]! }
    #expect(dropped > 0)
    #expect(rows.last!["frame"]! + 1 == 40 + dropped)
    for (a, b) in zip(rows, rows.dropFirst()) {
      #expect(b["frame"]! - a["frame"]! == b["dropped"]! + 1)
    }
    #expect(result.errors.contains(", \(Int(dropped)) dropped, latency "), "\(result.errors)")
    // From the capture on: no stage's time is left out.
    for row in rows {
      let took = row.filter {
        $0.key.hasSuffix("_ms") && !["read_ms", "latency_ms"].contains($0.key)
      }
      .values.reduce(0, +)
      #expect(row["latency_ms"]! > 0.95 * took)
    }
    // Each picture is shown when it was taken, from the first one on.
    let times = try Probe.frameTimes(folder.path("out.mp4"))
    #expect(times.count == 40)
    for (time, row) in zip(times, rows) {
      #expect(abs(time - (row["frame"]! - rows[0]["frame"]!) / 300) < 0.001)
    }
    #expect(rows[0]["frame"] == 0)
  }

  @Test func lateFramesAreTold() throws {
    let result = try start(
      "lavfi:testsrc2=size=320x180:rate=100", "-o", "out.mp4", "--live", "--frames", "10",
      "--max-latency", "0.01"
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains(", 10 later than --max-latency"), "\(result.errors)")
  }

  @Test func liveMP4IsWrittenInFragmentsOfTwoSeconds() throws {
    let result = try start(
      "lavfi:testsrc2=size=96x64:rate=50", "-o", "out.mp4", "--live", "--duration", "4.5"
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try fragmentCount("out.mp4") == 3)
    let keys = try Probe.rows(
      folder.path("out.mp4"),
      ["-select_streams", "v:0", "-skip_frame", "nokey", "-show_entries", "frame=pts_time"]
    ).compactMap { $0["pts_time"].flatMap(Double.init) }
    #expect(zip(keys, keys.dropFirst()).allSatisfy { $1 - $0 < 2.5 }, "\(keys)")
  }

  /// Where most frames are dropped, a fragment is still two seconds, not so many frames.
  @Test func killedWhileMostFramesAreDropped() throws {
    let job = try start(
      "lavfi:testsrc2=size=1280x720:rate=240", "-o", "out.mp4", "--live", "--stats", "s.csv")
    for _ in 0..<1000 where ((try? table("s.csv").last?["frame"]) ?? nil) ?? 0 < 240 * 5 {
      usleep(20_000)
    }
    job.send(SIGKILL)
    #expect(job.wait().status == 128 + SIGKILL)
    let reached = try #require(table("s.csv").last?["frame"]) / 240
    let last = try #require(Probe.frameTimes(folder.path("out.mp4")).last)
    #expect(last > reached - 2.8, "\(last) of \(reached) s")
  }

  @Test func theOutputIsFinishedWhenTheSourceStalls() throws {
    let data = try stream()
    let server = try StreamServer([
      StreamServer.http(.send(data.prefix(data.count / 2)), .silence)
    ])
    let result = try start(
      "http://127.0.0.1:\(server.port)/", "-o", "out.mp4", "--drop", "none", "--timeout", "1"
    ).wait()
    #expect(result.status == 65)
    #expect(result.errorLines.count == 1)
    #expect(result.errors.contains("nothing came for 1 s"), "\(result.errors)")
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count > 5)
    server.close()
  }

  @Test func ctrlCWhileTheSourceStalls() throws {
    let data = try stream()
    let server = try StreamServer([
      StreamServer.http(.send(data.prefix(data.count / 2)), .silence)
    ])
    let job = try start("http://127.0.0.1:\(server.port)/", "-o", "out.mp4")
    for _ in 0..<1000 where !folder.exists("out.mp4") { usleep(10_000) }
    usleep(300_000)
    let asked = Date()
    job.send(SIGINT)
    #expect(job.wait().status == 130)
    #expect(-asked.timeIntervalSinceNow < 5)
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count > 0)
    server.close()
  }

  @Test func aSourceThatComesBackIsTold() throws {
    let data = try stream()
    let server = try StreamServer([
      StreamServer.http(.send(data.prefix(data.count / 2)), .end),
      StreamServer.http(.send(data), .end),
      [.goAway],
    ])
    let result = try start(
      "http://127.0.0.1:\(server.port)/", "-o", "out.mp4", "--drop", "none", "--reconnect", "2"
    ).wait()
    #expect(result.errors.contains("; trying to open it again"), "\(result.errors)")
    #expect(result.errors.contains(": back after "), "\(result.errors)")
    #expect(result.errors.contains(": not back after 2 attempts"), "\(result.errors)")
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count > 60)
  }

  @Test func rtspToStandardOutput() throws {
    let data = try stream()
    let server = try RTSPServer(data, bytesPerSecond: data.count)
    defer { server.end() }
    let result = try start(server.url, "-o", "-", "--format", "mpegts").wait()
    try result.output.write(to: folder.url.appendingPathComponent("out.ts"))
    // How many are not dropped is the machine's affair; under a sanitizer they are few.
    #expect(try Probe.frameTimes(folder.path("out.ts")).count > 1, "\(result.errors)")
    #expect(try Probe.packetCount(folder.path("out.ts"), "a:0") > 20)
  }

  @Test func standardInputAsALiveSource() throws {
    let result = try Program.run(
      Program.binary, ["-", "-o", "out.mp4", "--live"] + small, input: try stream(),
      folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try fragmentCount("out.mp4") > 0)
  }

  @Test func rtspOutput() throws {
    _ = try stream()
    let port = try DatagramSender.freePort()
    let url = "rtsp://127.0.0.1:\(port)/live"
    try Clips.ffmpeg(["-i", folder.path("in.ts"), "-c", "copy", folder.path("in.mp4")])
    let peer = try Program.start(
      URL(fileURLWithPath: "/usr/bin/env"),
      ["ffmpeg", "-v", "error", "-nostdin", "-y", "-rtsp_flags", "listen", "-i", url]
        + ["-c", "copy", folder.path("got.mkv")])
    // Until it listens, a connection is refused.
    var result = try start("in.mp4", "-o", url, "--live").wait()
    for _ in 0..<50 where result.status == 73 {
      usleep(100_000)
      result = try start("in.mp4", "-o", url, "--live").wait()
    }
    #expect(result.status == 0, "\(result.errors)")
    #expect(peer.wait().status == 0)
    #expect(try Probe.frameTimes(folder.path("got.mkv")).count > 10)
    #expect(try Probe.packetCount(folder.path("got.mkv"), "a:0") > 20)
  }

  @Test func udpOutput() throws {
    _ = try stream(frames: 75)
    let port = try DatagramSender.freePort()
    let peer = try Program.start(
      URL(fileURLWithPath: "/usr/bin/env"),
      ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", "udp://127.0.0.1:\(port)?timeout=2000000"]
        + ["-c", "copy", folder.path("got.ts")])
    usleep(500_000)
    let result = try start(
      "in.ts", "-o", "udp://127.0.0.1:\(port)?pkt_size=1316", "--live"
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    // Silence is no end to a receiver; it gives up when asked to.
    usleep(300_000)
    peer.send(SIGINT)
    _ = peer.wait()
    #expect(try Probe.frameTimes(folder.path("got.ts")).count > 10)
  }

  @Test func hlsKeepsTheNewestSegments() throws {
    let result = try start(
      "lavfi:testsrc2=size=96x64:rate=25", "-o", "live.m3u8", "--live", "--duration", "3"
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    let list = try folder.text("live.m3u8")
    #expect(
      list.contains("live0.ts") && list.contains("live1.ts") && list.contains("#EXT-X-ENDLIST"))
    #expect(try Probe.frameTimes(folder.path("live.m3u8")).count > 1)
  }

  @Test func noCameraIsTold() throws {
    let missing = try Program.run("v4l2:///dev/video99", "-o", "x.mp4", folder: folder.url)
    #expect(missing.status == 66)
    let nonsense = try Program.run("v4l2:///dev/null", "-o", "x.mp4", folder: folder.url)
    #expect(nonsense.status == 65)
    #expect(nonsense.errors.contains("/dev/null is no camera that captures"), "\(nonsense.errors)")
    let parameter = try Program.run(
      "v4l2:///dev/null?zoom=2", "-o", "x.mp4", folder: folder.url)
    #expect(parameter.status == 64)
    #expect(try Program.run("devices").status == 0)
  }
}
