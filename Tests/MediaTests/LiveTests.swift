import Foundation
import Media
import Synchronization
import Testing

/// Sources that keep their own time, and ends that come from outside.
@Suite struct LiveTests {
  let work = Workspace()

  @Test func realtimePacingKeepsTheRate() throws {
    var options = MediaReader.Options()
    options.isRealtime = true
    let began = ContinuousClock.now
    let stamps = try readAll("lavfi:testsrc2=size=64x48:rate=25:duration=0.6", options)
    let took = ContinuousClock.now - began
    #expect(stamps.count == 15)
    #expect(took >= .milliseconds(540))
  }

  @Test func cancelEndsARead() throws {
    var options = MediaReader.Options()
    options.isRealtime = true
    let reader = try MediaReader("lavfi:testsrc2=size=64x48:rate=1", options: options)
    let thread = Thread {
      Thread.sleep(forTimeInterval: 0.1)
      reader.cancel()
    }
    thread.start()
    let frame = VideoFrame()
    let began = ContinuousClock.now
    let error = mediaError { while try reader.read(into: frame) {} }
    #expect(error?.cause == .cancelled)
    #expect(ContinuousClock.now - began < .seconds(5))
  }

  @Test func lostSourceIsOpenedAgain() throws {
    var options = MediaReader.Options()
    options.isLive = true
    options.reconnectAttempts = 2
    let reader = try MediaReader("lavfi:testsrc2=size=64x48:rate=25:duration=0.4", options: options)
    let frame = VideoFrame()
    var times: [Double] = []
    while times.count < 20, try reader.read(into: frame) { times.append(frame.timeSeconds) }
    #expect(times.count == 20)
    #expect(reader.warnings.reconnects == 1)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
    // The clock counts the time that was lost.
    #expect(times[10] - times[9] > 0.4)
  }

  @Test func silentSourceTimesOut() throws {
    var options = MediaReader.Options()
    options.timeoutSeconds = 0.3
    let began = ContinuousClock.now
    let error = mediaError { _ = try MediaReader("udp://127.0.0.1:39471", options: options) }
    #expect(error?.cause == .badInput)
    #expect(error?.description.contains("nothing came") == true)
    #expect(ContinuousClock.now - began < .seconds(10))
  }

  @Test func soundMayBeCopiedFromAnotherThread() throws {
    let input = try work.clip("in.mp4", frames: 50, audio: true, "-c:v libx264 -c:a aac")
    let reader = try MediaReader(input)
    let frame = VideoFrame()
    _ = try reader.read(into: frame)
    let writer = try MediaWriter(
      work["out.mp4"], from: reader, firstFrame: frame, width: 96, height: 64)
    reader.packetSink = { try writer.copy($0) }
    let converter = try writer.makeConverter()
    let queue = Mutex<[VideoFrame]>([])
    let isDone = Atomic<Bool>(false)
    let first = VideoFrame()
    try first.share(frame)
    queue.withLock { $0.append(first) }
    let thread = Thread {
      while true {
        let next = VideoFrame()
        guard (try? reader.read(into: next)) == true else { break }
        queue.withLock { $0.append(next) }
      }
      isDone.store(true, ordering: .releasing)
    }
    thread.start()
    let canvas = VideoFrame()
    var count = 0
    while true {
      let wasDone = isDone.load(ordering: .acquiring)
      guard let next = queue.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
        if wasDone { break }
        Thread.sleep(forTimeInterval: 0.001)
        continue
      }
      try converter.convert(next, into: canvas)
      try canvas.makeWritable()
      try writer.write(canvas)
      count += 1
    }
    try writer.finish()
    #expect(count == 50)
    #expect(try Probe(work["out.mp4"]).times() == Probe(input).times())
    #expect(try Probe(work["out.mp4"]).packetCount("a:0") == Probe(input).packetCount("a:0"))
  }
}
