import Foundation
import Pipeline
import SeededRandom
import Synchronization
import Testing

/// Pipelines of every shape with stages of random speed that fail, stop and drop at random.
@Suite struct PipelinePropertyTests {
  /// One random case, made from its number.
  struct Plan: Sendable {
    var stages: Int
    var slots: Int
    var frames: Int
    var ringCapacity: Int
    var policy: FlowPolicy
    /// Stage (0 the source) and frame that fail.
    var failures: [(stage: Int, frame: Int)] = []
    var stopAfter: Int?
    /// Out of 16 frames, how many each stage lingers over.
    var lingers: [Int]

    init(seed: Int) {
      var random = SplitMix(seed: seed)
      stages = Int.random(in: 1...8, using: &random)
      slots = Int.random(in: 1...16, using: &random)
      frames = Int.random(in: 0...120, using: &random)
      ringCapacity = Int.random(in: 1...4, using: &random)
      let live = Int.random(in: 0..<3, using: &random) == 0
      policy =
        live
        ? .live(
          drop: DropPolicy.allCases.randomElement(using: &random)!,
          maxLatencyMilliseconds: Bool.random(using: &random) ? 1 : nil)
        : .file
      for _ in 0..<[0, 0, 1, 1, 2].randomElement(using: &random)! {
        failures.append(
          (Int.random(in: 0...stages, using: &random), Int.random(in: 0...120, using: &random)))
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        stopAfter = Int.random(in: 0...60, using: &random)
      }
      lingers = []
      for _ in 0...stages { lingers.append([0, 0, 1, 8].randomElement(using: &random)!) }
    }
  }

  /// More of them in the environment for a long session.
  static let seeds =
    ProcessInfo.processInfo.environment["PIPELINE_TEST_SEEDS"].flatMap { Int($0) } ?? 400

  @Test(arguments: 0..<seeds)
  func keepsItsPromises(seed: Int) throws {
    let plan = Plan(seed: seed)
    let out = Collector()
    let read = Atomic<Int>(0)
    let shared = Atomic<Int>(0)
    let thrown = Guarded<[Break]>([])
    let box = Guarded<Pipeline<NumberSlot>?>(nil)

    @Sendable func act(_ stage: Int, _ slot: NumberSlot, _ frame: Int) throws {
      let alone = try slot.alone {
        if (frame &* 7 &+ stage) % 16 < plan.lingers[stage] { sleep(microseconds: 30) }
        if plan.failures.contains(where: { $0.stage == stage && $0.frame == frame }) {
          let error = Break(at: stage * 1000 + frame)
          thrown.withLock { $0.append(error) }
          throw error
        }
      }
      if !alone { shared.add(1, ordering: .relaxed) }
    }

    var stages = (1...plan.stages).map { stage in
      Stage<NumberSlot>("stage \(stage)") { slot, timing in
        try act(stage, slot, timing.sequence)
        guard slot.number == timing.sequence, slot.visits == stage - 1 else {
          throw Break(at: -stage)
        }
        slot.visits = stage
      }
    }
    stages.append(
      Stage("out") { slot, timing in
        out.add(slot.number)
        if let after = plan.stopAfter, out.all.count > after { box.withLock { $0?.requestStop() } }
      })
    let pipeline = Pipeline(
      slots: makeSlots(plan.slots),
      source: Source("source") { slot, timing in
        guard timing.sequence < plan.frames else { return false }
        slot.number = timing.sequence
        slot.visits = 0
        try act(0, slot, timing.sequence)
        read.store(timing.sequence + 1, ordering: .relaxed)
        return true
      },
      stages: stages, ringCapacity: plan.ringCapacity, policy: plan.policy)
    box.withLock { $0 = pipeline }
    defer { box.withLock { $0 = nil } }

    pipeline.checkInvariants()
    var error: Break?
    do { try pipeline.run() } catch let caught as Break { error = caught }
    // No slot lost or doubled, none with two threads at once.
    pipeline.checkInvariants()
    let conflicts = shared.load(ordering: .relaxed)
    #expect(conflicts == 0)

    let frames = out.all
    let total = read.load(ordering: .relaxed)
    let summary = pipeline.summary
    let failures = thrown.withLock { $0 }
    #expect(summary.frames == frames.count)
    #expect(zip(frames, frames.dropFirst()).allSatisfy { $0 < $1 })
    #expect((error == nil) == failures.isEmpty)
    if let error { #expect(failures.contains(error)) }
    #expect((summary.ending == .failed) == (error != nil))
    if plan.policy == .file {
      #expect(frames == Array(0..<frames.count))
      #expect(summary.droppedFrames == 0)
    }
    if error == nil {
      #expect(frames.count + summary.droppedFrames == total)
      if plan.stopAfter == nil { #expect(total == plan.frames) }
    } else if plan.policy == .file {
      // Exactly the frames before the earliest one that failed.
      #expect(frames.count == failures.map { $0.at % 1000 }.min())
    }
    if case .live(drop: .none, _) = plan.policy { #expect(summary.droppedFrames == 0) }
    #expect(summary.stages.last?.frames == UInt64(frames.count))
  }
}
