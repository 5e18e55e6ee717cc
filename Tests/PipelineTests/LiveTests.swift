import Foundation
import Pipeline
import Testing

/// A source faster than the stages, as a camera is: newest first, latency flat, losses told.
@Suite(.serialized) struct LiveTests {
  /// What came out of a run with a source of one frame each `interval` microseconds.
  private struct Outcome {
    var summary: RunSummary
    var frames: [Int]
    var dropped: [Int]
    var latencies: [Double]
  }

  private final class Notebook: FrameObserver {
    let rows = Guarded<[(Int, Int, Double)]>([])
    func runBegan(stages: [String], start: UInt64) {}
    func runEnded(_ summary: RunSummary) {}
    func frameDone(_ slot: NumberSlot, _ timing: FrameTiming) {
      rows.withLock { $0.append((timing.sequence, timing.dropped, timing.latencyMilliseconds)) }
    }
  }

  private func run(
    _ policy: FlowPolicy, frames: Int, slots: Int = 10, interval: Int = 1000,
    work: [Int] = [1000, 4000, 1000]
  ) throws -> Outcome {
    let notebook = Notebook()
    let start = MonotonicClock.now()
    let pipeline = Pipeline(
      slots: makeSlots(slots),
      source: Source<NumberSlot>("camera") { slot, timing in
        guard timing.sequence < frames else { return false }
        // A camera keeps its own time, whoever looks.
        let due = start + UInt64(timing.sequence * interval) * 1000
        let now = MonotonicClock.now()
        if due > now { sleep(microseconds: Int(due - now) / 1000) }
        slot.number = timing.sequence
        return true
      },
      stages: work.enumerated().map { index, microseconds in
        Stage("stage \(index)") { _, _ in sleep(microseconds: microseconds) }
      },
      observers: [notebook], policy: policy, cores: 2)
    let summary = try pipeline.run()
    pipeline.checkInvariants()
    let rows = notebook.rows.withLock { $0 }
    return Outcome(
      summary: summary, frames: rows.map(\.0), dropped: rows.map(\.1), latencies: rows.map(\.2))
  }

  @Test func latestStaysFlatAndTellsItsLosses() throws {
    let outcome = try run(.live(drop: .latest), frames: 600)
    let (frames, dropped) = (outcome.frames, outcome.dropped)
    #expect(outcome.summary.droppedFrames > 300)
    #expect(frames.count + outcome.summary.droppedFrames == 600)
    // Each frame tells exactly those missing before it; the last frame read is never lost.
    for index in frames.indices {
      #expect(dropped[index] == frames[index] - (index == 0 ? 0 : frames[index - 1] + 1))
    }
    #expect(frames.last == 599)
    // Nor is the first, which the output begins with.
    #expect(frames.first == 0)
    // No growth: the second half is as late as the first, by the median.
    let half = outcome.latencies.count / 2
    let first = outcome.latencies[..<half].sorted()[half / 2]
    let second = outcome.latencies[half...].sorted()[half / 2]
    #expect(second < 1.5 * first, "\(first) ms, then \(second) ms")
    // Never more than the wait for the one before and the frames in flight: about 3 x 4 ms + 6 ms.
    #expect(second < 60)
  }

  @Test func oldestKeepsOrderAndBounds() throws {
    let outcome = try run(.live(drop: .oldest), frames: 300)
    #expect(outcome.frames.count + outcome.summary.droppedFrames == 300)
    #expect(outcome.summary.droppedFrames > 100)
    #expect(zip(outcome.frames, outcome.frames.dropFirst()).allSatisfy { $0 < $1 })
    #expect(outcome.dropped.reduce(0, +) == outcome.summary.droppedFrames)
  }

  @Test func noneLosesNothing() throws {
    let outcome = try run(.live(drop: .none), frames: 60)
    #expect(outcome.frames == Array(0..<60))
    #expect(outcome.summary.droppedFrames == 0)
  }

  @Test func aSlowSourceLosesNothing() throws {
    let outcome = try run(
      .live(drop: .latest, maxLatencyMilliseconds: 500), frames: 20, interval: 20_000,
      work: [1000, 1000])
    #expect(outcome.frames == Array(0..<20))
    #expect(outcome.summary.lateFrames == 0)
  }

  @Test(arguments: 1...4)
  func fewSlotsDoNotLockUp(slots: Int) throws {
    for drop in DropPolicy.allCases {
      let outcome = try run(.live(drop: drop), frames: 40, slots: slots, work: [500, 500])
      #expect(outcome.frames.count + outcome.summary.droppedFrames == 40)
    }
  }

  /// With an allowed latency that three frames in flight cannot keep, fewer are let in.
  @Test func maxLatencyLetsFewerFramesIn() throws {
    // 3 stages of 5 ms on threads that only sleep: alone 15 ms, in a queue before the slow one more.
    let work = [1000, 12_000, 1000]
    let free = try run(.live(drop: .latest), frames: 800, work: work)
    let held = try run(
      .live(drop: .latest, maxLatencyMilliseconds: 30), frames: 800, work: work)
    let median: (Outcome) -> Double = { $0.latencies.suffix(20).sorted()[10] }
    #expect(median(free) > 30)
    #expect(median(held) < median(free))
    #expect(held.summary.lateFrames < held.frames.count)
    #expect(free.summary.lateFrames == 0)
  }

  @Test func framesTheDriverLostAreTold() throws {
    let notebook = Notebook()
    let pipeline = Pipeline(
      slots: makeSlots(4),
      source: Source<NumberSlot>("camera") { _, timing in
        if timing.sequence == 5 { timing.addDropped(3) }
        return timing.sequence < 10
      },
      stages: [Stage("x") { _, _ in }], observers: [notebook],
      policy: .live(drop: .none))
    let summary = try pipeline.run()
    #expect(summary.droppedFrames == 3)
    #expect(notebook.rows.withLock { $0.map(\.1) } == [0, 0, 0, 0, 0, 3, 0, 0, 0, 0])
  }
}
