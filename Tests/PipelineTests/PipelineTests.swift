import Foundation
import Pipeline
import Synchronization
import Testing

@Suite struct PipelineTests {
  @Test func allFramesGoThroughInOrder() throws {
    let collector = Collector()
    let pipeline = Pipeline(
      slots: makeSlots(4), source: counting(to: 500),
      stages: [
        Stage("add") { slot, _ in slot.visits += 1 },
        Stage("collect") { slot, timing in
          #expect(timing.hasRun(stage: 1) && !timing.hasRun(stage: 2))
          #expect(slot.visits == 1)
          collector.add(slot.number)
        },
      ])
    pipeline.checkInvariants()
    let summary = try pipeline.run()
    pipeline.checkInvariants()
    #expect(collector.all == Array(0..<500))
    #expect(summary.ending == .endOfInput)
    #expect(summary.frames == 500 && summary.droppedFrames == 0)
    #expect(summary.stages.map(\.name) == ["source", "add", "collect"])
    #expect(summary.stages.allSatisfy { $0.frames == 500 })
    #expect(summary.latency.count == 500)
    #expect(throws: PipelineError.alreadyRun) { try pipeline.run() }
  }

  @Test func stagesRunAtTheSameTimeOnNamedThreads() throws {
    // Each stage waits for the other to be in its body as well: alone they would never end.
    let inside = Atomic<Int>(0)
    let met = Atomic<Int>(0)
    let names = Guarded<Set<String>>([])
    let meet: @Sendable (NumberSlot, FrameTiming) -> Void = { _, timing in
      let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
      names.withLock { _ = $0.insert((name ?? "").trimmingCharacters(in: .newlines)) }
      inside.add(1, ordering: .sequentiallyConsistent)
      let deadline = MonotonicClock.now() + 500_000_000
      while MonotonicClock.now() < deadline {
        if inside.load(ordering: .sequentiallyConsistent) >= 2 {
          met.add(1, ordering: .relaxed)
          break
        }
        sleep(microseconds: 50)
      }
    }
    try Pipeline(
      slots: makeSlots(4), source: counting(to: 2),
      stages: [Stage("first stage", body: meet), Stage("a second stage, long", body: meet)]
    ).run()
    let meetings = met.load(ordering: .relaxed)
    #expect(meetings >= 2)
    #expect(names.withLock { $0 } == ["first stage", "a second stage,"])
  }

  @Test func stopFinishesWhatIsInFlight() throws {
    let collector = Collector()
    let read = Atomic<Int>(0)
    let box = Guarded<Pipeline<NumberSlot>?>(nil)
    let pipeline = Pipeline(
      slots: makeSlots(6),
      source: Source("endless") { slot, timing in
        slot.number = timing.sequence
        read.store(timing.sequence + 1, ordering: .releasing)
        return true
      },
      stages: [
        Stage("slow") { slot, _ in
          sleep(microseconds: 200)
          if slot.number == 20 { box.withLock { $0?.requestStop() } }
        },
        Stage("collect") { slot, _ in collector.add(slot.number) },
      ])
    box.withLock { $0 = pipeline }
    let summary = try pipeline.run()
    box.withLock { $0 = nil }
    pipeline.checkInvariants()
    #expect(summary.ending == .stopped)
    let total = read.load(ordering: .acquiring)
    #expect(collector.all == Array(0..<total))
    #expect(collector.all.count >= 21)
    pipeline.requestStop()  // after the end it does nothing
    #expect(pipeline.summary.ending == .stopped)
  }

  @Test func stopBeforeTheRunLetsNothingThrough() throws {
    let pipeline = Pipeline(
      slots: makeSlots(2), source: counting(to: 10), stages: [Stage("x") { _, _ in }])
    pipeline.requestStop()
    let summary = try pipeline.run()
    #expect(summary.frames == 0 && summary.ending == .stopped)
  }

  /// A source that waits for ever, as a camera that was unplugged, until it is interrupted.
  private func stalled(after count: Int) -> Source<NumberSlot> {
    let interrupted = Doorknob()
    let body: @Sendable (NumberSlot, FrameTiming) throws -> Bool = { slot, timing in
      slot.number = timing.sequence
      if timing.sequence < count { return true }
      interrupted.waitUntilOpen()
      throw Break(at: -1)
    }
    return Source("camera", interrupt: { interrupted.open() }, body: body)
  }

  @Test func stopInterruptsABlockedRead() throws {
    let pipeline = Pipeline(
      slots: makeSlots(3), source: stalled(after: 5), stages: [Stage("x") { _, _ in }])
    let stopper = Thread {
      while pipeline.statistics.framesOut < 5 { sleep(microseconds: 100) }
      pipeline.requestStop()
    }
    stopper.start()
    let summary = try pipeline.run()
    #expect(summary.frames == 5 && summary.ending == .stopped)
    pipeline.checkInvariants()
  }

  @Test func aFailureInterruptsABlockedRead() throws {
    let pipeline = Pipeline(
      slots: makeSlots(8), source: stalled(after: 5),
      stages: [
        Stage("x") { slot, _ in if slot.number == 3 { throw Break(at: 3) } },
        Stage("y") { _, _ in },
      ])
    #expect(throws: Break(at: 3)) { try pipeline.run() }
    #expect(pipeline.summary.frames == 3)
    let failure = pipeline.summary.failure
    #expect(failure?.stage == "x" && failure?.message == "Break(at: 3)")
    pipeline.checkInvariants()
  }

  @Test func anErrorOfTheSourceWithoutInterruptionIsReported() throws {
    let pipeline = Pipeline(
      slots: makeSlots(3),
      source: Source<NumberSlot>("broken") { slot, timing in
        if timing.sequence == 4 { throw Break(at: 4) }
        return true
      },
      stages: [Stage("x") { _, _ in }])
    #expect(throws: Break(at: 4)) { try pipeline.run() }
    #expect(pipeline.summary.frames == 4 && pipeline.summary.ending == .failed)
    #expect(pipeline.summary.failure?.stage == "broken")
  }

  @Test func anObserverCanFail() throws {
    final class Fussy: FrameObserver {
      let ended = Atomic<Bool>(false)
      func runBegan(stages: [String], start: UInt64) {}
      func frameDone(_ slot: NumberSlot, _ timing: FrameTiming) throws {
        if timing.sequence == 7 { throw Break(at: 7) }
      }
      func runEnded(_ summary: RunSummary) { ended.store(true, ordering: .relaxed) }
    }
    let fussy = Fussy()
    let pipeline = Pipeline(
      slots: makeSlots(3), source: counting(to: 100), stages: [Stage("x") { _, _ in }],
      observers: [fussy])
    #expect(throws: Break(at: 7)) { try pipeline.run() }
    let ended = fussy.ended.load(ordering: .relaxed)
    #expect(ended)
    pipeline.checkInvariants()
  }

  @Test(arguments: 0..<4)
  func aThreadThatCannotBeStartedEndsTheOthers(threads: Int) {
    let pipeline = Pipeline(
      slots: makeSlots(3), source: counting(to: 100),
      stages: [Stage("one") { _, _ in }, Stage("two") { _, _ in }, Stage("three") { _, _ in }])
    let failing = ["three", "two", "one", "source"][threads]
    #expect(
      throws: PipelineError.cannotStartThread(stage: failing, reason: "no more threads")
    ) { try pipeline.run(threadsAtMost: threads) }
    #expect(pipeline.summary.failure?.stage == failing)
    #expect(pipeline.summary.frames == 0)
    pipeline.checkInvariants()
  }

  @Test func coresAreCounted() {
    #expect(availableCores() >= 1)
    #expect(availableCores() <= ProcessInfo.processInfo.processorCount)
  }
}

/// Something to wait for.
private final class Doorknob: Sendable {
  private let isOpen = Atomic<Bool>(false)
  func open() { isOpen.store(true, ordering: .releasing) }
  func waitUntilOpen() { while !isOpen.load(ordering: .acquiring) { sleep(microseconds: 100) } }
}
