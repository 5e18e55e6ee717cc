import Foundation
import Media
import StreamServers
import Synchronization
import Testing

/// Sources on the network: read, stalled, broken off, come back, never come back.
@Suite struct NetworkTests {
  let work = Workspace()

  /// A transport stream of two seconds, with sound.
  private func stream() throws -> Data {
    try Data(
      contentsOf: URL(
        fileURLWithPath: work.clip(
          "in.ts", frames: 50, audio: true,
          "-c:v libx264 -preset ultrafast -g 10 -bf 0 -c:a aac -f mpegts")))
  }

  /// What a reader gave until its end.
  private struct Outcome {
    var times: [Double] = []
    var others = 0
    var error: MediaError?
    var changes: [ReadChange] = []
    var warnings = ReadWarnings()
    var took = 0.0
    var isLive = false
  }

  private func read(
    _ input: String, timeout: Double = 10, reconnect: Int = 0, limit: Int = 1000
  ) -> Outcome {
    var options = MediaReader.Options()
    options.timeoutSeconds = timeout
    options.reconnectAttempts = reconnect
    let began = Date()
    var outcome = Outcome()
    do {
      let reader = try MediaReader(input, options: options)
      outcome.isLive = reader.video.isLive
      let changes = Mutex<[ReadChange]>([])
      reader.onChange = { change in changes.withLock { $0.append(change) } }
      let others = Mutex(0)
      reader.packetSink = { _ in others.withLock { $0 += 1 } }
      defer {
        outcome.changes = changes.withLock { $0 }
        outcome.others = others.withLock { $0 }
        outcome.warnings = reader.warnings
      }
      let frame = VideoFrame()
      while outcome.times.count < limit, try reader.read(into: frame) {
        outcome.times.append(frame.timeSeconds)
      }
    } catch {
      outcome.error = error as? MediaError
    }
    outcome.took = -began.timeIntervalSinceNow
    return outcome
  }

  private func rises(_ times: [Double]) -> Bool {
    zip(times, times.dropFirst()).allSatisfy { $0 < $1 }
  }

  @Test func http() throws {
    let server = try StreamServer([StreamServer.http(.send(try stream()), .end)])
    let outcome = read("http://127.0.0.1:\(server.port)/live.ts")
    #expect(outcome.error == nil)
    #expect(outcome.isLive)
    #expect(outcome.times.count == 50)
    #expect(outcome.others > 50)
  }

  @Test func tcp() throws {
    let server = try StreamServer([[.send(try stream())]])
    let outcome = read("tcp://127.0.0.1:\(server.port)")
    #expect(outcome.error == nil)
    #expect(outcome.isLive)
    #expect(outcome.times.count == 50)
  }

  @Test func rtsp() throws {
    let data = try stream()
    let server = try RTSPServer(data, bytesPerSecond: data.count)
    defer { server.end() }
    let outcome = read(server.url)
    #expect(outcome.isLive)
    #expect(outcome.times.count >= 48, "\(outcome)")
    #expect(outcome.others > 50)
    #expect(rises(outcome.times))
  }

  /// Datagrams begin somewhere and end without an end: a timeout is all that tells.
  @Test func udpThatStops() throws {
    let data = try stream()
    let port = try DatagramSender.freePort()
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.3)
      for _ in 0..<2 { DatagramSender.send(data, toPort: port, bytesPerSecond: data.count) }
    }
    let outcome = read(udpAddress(port: port), timeout: 1.5)
    #expect(outcome.times.count > 25, "\(outcome)")
    #expect(outcome.error?.description.contains("nothing came for 1.5 s") == true, "\(outcome)")
    #expect(rises(outcome.times))
    #expect(outcome.took < 15)
  }

  @Test func stalledTimesOutWithWhatCame() throws {
    let data = try stream()
    let server = try StreamServer([
      StreamServer.http(.send(data.prefix(data.count / 2)), .silence)
    ])
    let outcome = read("http://127.0.0.1:\(server.port)/", timeout: 0.7)
    #expect(outcome.times.count > 5)
    #expect(outcome.error?.description.contains("nothing came for 0.7 s") == true, "\(outcome)")
    #expect(outcome.took < 15)
    server.close()
  }

  @Test func silentFromTheBeginning() throws {
    let server = try StreamServer([StreamServer.http(.silence)])
    let outcome = read("http://127.0.0.1:\(server.port)/", timeout: 0.5)
    #expect(outcome.error?.cause == .badInput)
    #expect(outcome.took < 10)
    server.close()
  }

  @Test(arguments: [true, false])
  func comesBack(isSilent: Bool) throws {
    let data = try stream()
    let half = data.prefix(data.count / 2)
    let server = try StreamServer([
      isSilent ? StreamServer.http(.send(half), .silence) : StreamServer.http(.send(half), .end),
      StreamServer.http(.send(data), .silence),
    ])
    let outcome = read(
      "http://127.0.0.1:\(server.port)/", timeout: 1, reconnect: 3, limit: 60)
    #expect(outcome.error == nil, "\(outcome)")
    #expect(outcome.times.count == 60)
    #expect(outcome.warnings.reconnects == 1)
    #expect(rises(outcome.times))
    #expect(server.connections == 2)
    guard outcome.changes.count == 2, case .lost = outcome.changes[0],
      case .regained(let seconds) = outcome.changes[1]
    else {
      Issue.record("\(outcome.changes)")
      return
    }
    // The first attempt comes half a second after the loss, and the clock counts the gap.
    #expect(seconds >= 0.5)
    let gaps = zip(outcome.times, outcome.times.dropFirst()).map { $1 - $0 }
    #expect(abs(gaps.max()! - seconds) < 0.3, "\(gaps.max()!) \(seconds)")
    server.close()
  }

  @Test func neverComesBack() throws {
    let data = try stream()
    let server = try StreamServer([
      StreamServer.http(.send(data.prefix(data.count / 2)), .goAway)
    ])
    let outcome = read("http://127.0.0.1:\(server.port)/", timeout: 2, reconnect: 2)
    #expect(outcome.times.count > 5)
    #expect(outcome.changes.last == .gaveUp(attempts: 2), "\(outcome)")
    // Half a second, then one.
    #expect(outcome.took > 1.4)
    #expect(outcome.took < 15)
  }

  /// The port must be free again before the source is opened anew.
  @Test func udpComesBack() throws {
    let data = try stream()
    let port = try DatagramSender.freePort()
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.3)
      DatagramSender.send(data, toPort: port, bytesPerSecond: data.count)
      Thread.sleep(forTimeInterval: 2.5)
      for _ in 0..<3 { DatagramSender.send(data, toPort: port, bytesPerSecond: data.count) }
    }
    let outcome = read(udpAddress(port: port), timeout: 1, reconnect: 5, limit: 60)
    #expect(outcome.error == nil, "\(outcome)")
    #expect(outcome.warnings.reconnects >= 1)
    #expect(rises(outcome.times))
  }

  @Test func cancellingWhileItIsAwaited() throws {
    let data = try stream()
    let server = try StreamServer([
      StreamServer.http(.send(data.prefix(data.count / 2)), .goAway)
    ])
    var options = MediaReader.Options()
    options.reconnectAttempts = 100
    let reader = try MediaReader("http://127.0.0.1:\(server.port)/", options: options)
    reader.onChange = { _ in reader.cancel() }
    let frame = VideoFrame()
    let began = Date()
    let error = mediaError { while try reader.read(into: frame) {} }
    #expect(error?.cause == .cancelled)
    #expect(-began.timeIntervalSinceNow < 5)
  }
}
