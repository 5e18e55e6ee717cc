import Foundation
import Pipeline
import Testing

/// What the pipeline itself costs. The figures are printed; the bounds are wide, for machines that
/// are busy with other things.
@Suite(.serialized) struct CostTests {
  @Test func ringThroughputAndHandover() throws {
    let count = 2_000_000
    let ring = RingBuffer<Int>(capacity: 64)
    let begin = MonotonicClock.now()
    let producer = Thread {
      for number in 0..<count where !ring.push(number) { break }
      ring.close()
    }
    producer.start()
    var sum = 0
    while let number = try ring.pop() { sum &+= number }
    let seconds = Double(MonotonicClock.now() - begin) / 1e9
    #expect(sum == count * (count - 1) / 2)
    print("ring of 64, two threads: \(Int(Double(count) / seconds / 1e3)) thousand messages/s")

    // There and back through rings of one: both sides sleep before each message.
    let there = RingBuffer<Int>(capacity: 1)
    let back = RingBuffer<Int>(capacity: 1)
    let echo = Thread {
      while let number = try? there.pop() { _ = back.push(number) }
      back.close()
    }
    echo.start()
    let rounds = 20_000
    var histogram = Histogram()
    for number in 0..<rounds {
      let start = MonotonicClock.now()
      #expect(there.push(number))
      #expect(try back.pop() == number)
      histogram.add(nanoseconds: (MonotonicClock.now() - start) / 2)
    }
    there.close()
    print("hand-over to a sleeping thread: p50 \(histogram.p50) ns, p99 \(histogram.p99) ns")
    #expect(seconds < 60)
  }

  /// One thread does what a stage does besides its work: two clock readings and the counters.
  @Test func measuringAFrameCostsNextToNothing() throws {
    let frames = 20_000
    let stageCount = 8
    let pipeline = Pipeline(
      slots: makeSlots(16), source: counting(to: frames),
      stages: (0..<stageCount).map { Stage("stage \($0)") { _, _ in } }, ringCapacity: 4)
    let summary = try pipeline.run()
    let cpu = summary.stages.map(\.cpuNanoseconds).reduce(0, +)
    let perBoundary = Double(cpu) / Double(frames * (stageCount + 1))
    let perFrame = summary.wallSeconds / Double(frames) * 1e6
    print(
      "empty pipeline, 9 threads: \(Int(perBoundary)) ns CPU per stage and frame, all included;")
    print("  \(Int(perFrame * 1000)) ns per frame, \(Int(summary.framesPerSecond)) frames/s")
    let clock = measurementNanoseconds()
    print("measuring alone: \(clock) ns per stage and frame")
    // 1 % of a 10 ms frame in ten stages is 10 us a stage.
    #expect(clock < 10_000)
    #expect(perBoundary < 100_000)
  }

  /// CPU time of the last stage's thread with table and trace less that without.
  @Test func tableAndTraceCostLittle() throws {
    func nanosecondsPerFrame(_ observers: [any FrameObserver<NumberSlot>]) throws -> Double {
      let frames = 5000
      let pipeline = Pipeline(
        slots: makeSlots(16), source: counting(to: frames),
        stages: (0..<9).map { Stage("stage \($0)") { _, _ in } }, observers: observers)
      return Double(try pipeline.run().stages[9].cpuNanoseconds) / Double(frames)
    }
    let table = TemporaryFile()
    let trace = TemporaryFile()
    let without = try nanosecondsPerFrame([])
    let withTable = try nanosecondsPerFrame([
      FrameTable<NumberSlot>(path: table.path, overwrite: false)
    ])
    let withTrace = try nanosecondsPerFrame([
      TraceWriter<NumberSlot>(path: trace.path, overwrite: false)
    ])
    print(
      "CSV row: \(Int(withTable - without)) ns, trace: \(Int(withTrace - without)) ns per frame")
    // 1 % of a frame of 25 ms would be 250 us.
    #expect(withTable - without < 250_000 && withTrace - without < 250_000)
  }

  private func measurementNanoseconds() -> Int {
    let rounds = 200_000
    return Int(StageCounters.costOfMeasuring(rounds: rounds))
  }
}
