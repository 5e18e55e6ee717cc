import CAllocationCounter
import Foundation
import Pipeline
import Synchronization
import Testing

/// "Allocates nothing per frame" is measured: malloc is counted on every thread of the pipeline.
@Suite struct AllocationTests {
  /// Allocations of all stage threads over 1000 frames after a warm-up of 200.
  private func allocations(
    policy: FlowPolicy, observers: [any FrameObserver<NumberSlot>] = [],
    work: @escaping @Sendable (PipelineStatistics, FrameTiming) -> Void = { _, _ in }
  ) throws -> Int {
    let warmUp = 200
    let end = warmUp + 1000
    let total = Atomic<Int>(0)
    let statistics = Guarded<PipelineStatistics?>(nil)
    /// Watches the calling thread from the end of the warm-up until the last frame.
    @Sendable func watch(_ frame: Int) {
      allocation_counter_watch_thread(frame >= warmUp && frame < end)
      if frame == end {
        total.add(Int(allocation_counter_thread_total()), ordering: .relaxed)
      }
    }
    let pipeline = Pipeline(
      slots: makeSlots(6),
      source: Source<NumberSlot>("source") { slot, timing in
        watch(timing.sequence)
        return timing.sequence <= end
      },
      stages: [
        Stage("one") { _, timing in watch(timing.sequence) },
        Stage("two") { _, timing in
          watch(timing.sequence)
          if let statistics = statistics.withLock({ $0 }) { work(statistics, timing) }
        },
        Stage("three") { _, timing in watch(timing.sequence) },
      ],
      observers: observers, policy: policy)
    statistics.withLock { $0 = pipeline.statistics }
    #expect(try pipeline.run().frames == end + 1)
    return total.load(ordering: .relaxed)
  }

  @Test(.enabled(if: allocation_counter_works(), "malloc belongs to the sanitizer"))
  func theCounterCounts() throws {
    let kept = Guarded<[Int]>([])
    let count = try allocations(policy: .file) { _, timing in
      // Of a length that the optimizer cannot know, so that it stays on the heap.
      kept.withLock { $0 = Array(repeating: timing.sequence, count: timing.stageNames.count) }
    }
    #expect(count >= 1000)
  }

  @Test(
    .enabled(if: allocation_counter_works(), "malloc belongs to the sanitizer"),
    arguments: [.file, .live(drop: .none, maxLatencyMilliseconds: 5)] as [FlowPolicy])
  func aRunningPipelineAllocatesNothing(policy: FlowPolicy) throws {
    #expect(try allocations(policy: policy) == 0)
  }

  @Test(.enabled(if: allocation_counter_works(), "malloc belongs to the sanitizer"))
  func norDoObserversAndHUD() throws {
    let table = TemporaryFile()
    let trace = TemporaryFile()
    let count = try allocations(
      policy: .file,
      observers: [
        FrameTable<NumberSlot>(
          path: table.path, overwrite: false, leading: [.init("pts") { _, _ in .integer(3) }],
          trailing: [.init("x") { _, _ in .decimal(1.5, places: 2) }]),
        TraceWriter<NumberSlot>(path: trace.path, overwrite: false),
        FrameHistory<NumberSlot>(capacity: 64),
      ]
    ) { statistics, timing in
      var sum = statistics.framesPerSecond + timing.latencyMilliseconds
      for stage in timing.stageNames.indices { sum += timing.milliseconds(stage: stage) }
      precondition(sum >= 0 && statistics.framesDropped == 0)
    }
    #expect(count == 0)
  }
}
