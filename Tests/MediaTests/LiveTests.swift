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
    let error = mediaError { _ = try MediaReader(udpAddress(port: 39471), options: options) }
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

/// A camera's clocks and formats, as far as they go without one (Tools/camera-vm has some).
@Suite struct CameraTests {
  @Test func captureTimesOnEitherClock() {
    let arrival: UInt64 = 500_000_000_000
    let wallClock: UInt64 = 1_700_000_000_000_000_000
    func time(_ nanoseconds: UInt64) -> UInt64 {
      CaptureClock.time(
        ofStamp: Int64(nanoseconds / 1000), arrival: arrival, wallClock: wallClock)
    }
    #expect(time(arrival - 40_000_000) == arrival - 40_000_000)
    #expect(time(wallClock - 25_000_000) == arrival - 25_000_000)
    // In the future, too old, nonsense.
    #expect(time(arrival + 1_000_000) == arrival)
    #expect(time(arrival - 11_000_000_000) == arrival)
    #expect(time(0) == arrival)
    #expect(CaptureClock.time(ofStamp: .max, arrival: arrival, wallClock: wallClock) == arrival)
  }

  private let camera = Camera(
    path: "/dev/video0", name: "Test", driver: "test",
    formats: [
      .init(
        name: "mjpeg", fourCC: "MJPG", detail: "",
        sizes: [
          .init(
            width: 1280, height: 720, largestWidth: 1280, largestHeight: 720,
            rates: [Rational(30, 1), Rational(30000, 1001)])
        ]),
      .init(
        name: "yuyv422", fourCC: "YUYV", detail: "",
        sizes: [
          .init(
            width: 640, height: 480, largestWidth: 640, largestHeight: 480,
            rates: [Rational(30, 1)]),
          .init(
            width: 1280, height: 720, largestWidth: 1280, largestHeight: 720,
            rates: [Rational(10, 1)]),
        ]),
      .init(
        name: "nv12", fourCC: "NV12", detail: "",
        sizes: [
          .init(width: 16, height: 16, largestWidth: 1920, largestHeight: 1080, rates: [])
        ]),
      .init(name: nil, fourCC: "NV61", detail: "", sizes: []),
    ], width: 640, height: 480)

  @Test(
    arguments: [
      (nil, nil, nil, nil),
      ("1280x720", nil, nil, nil),
      ("1280x720", "30", "mjpeg", nil),
      ("1280x720", "29.97", "MJPG", nil),
      ("1280x720", "30", "yuyv422", "rate of 30 fps at 1280x720"),
      ("1280x720", "60", nil, "rate of 60 fps at 1280x720"),
      (nil, "10", "yuyv422", "rate of 10 fps at 640x480, the size that it is set to"),
      ("800x600", nil, "mjpeg", "size 800x600 in mjpeg"),
      ("800x600", "77", "nv12", nil),
      ("4000x3000", nil, nil, "size 4000x3000"),
      (nil, nil, "h264", "format h264"),
      (nil, nil, "nv61", "format nv61 that can be read"),
    ] as [(String?, String?, String?, String?)])
  func requestsAreCompared(size: String?, fps: String?, format: String?, missing: String?) throws {
    var query: [String] = []
    if let size { query.append("size=\(size)") }
    if let fps { query.append("fps=\(fps)") }
    if let format { query.append("format=\(format)") }
    // A device that is there and no camera stands in for one.
    let request = try CameraRequest(
      query: query.joined(separator: "&"), device: "/dev/null")
    #expect(request.mismatch(with: camera) == missing)
  }

  @Test func offersAreToldInALine() {
    #expect(
      camera.offer
        == "mjpeg: 1280x720 at 30/29.97 fps; yuyv422: 640x480 at 30 fps, "
        + "1280x720 at 10 fps; nv12: 16x16...1920x1080")
  }
}
