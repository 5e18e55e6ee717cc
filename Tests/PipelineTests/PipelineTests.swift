import Pipeline
import Synchronization
import Testing

/// A frame is a number; stages write down who saw it.
final class NumberSlot: @unchecked Sendable {
  var number = -1
  var visits = 0
}

/// What came out at the end, in order.
final class Collector: Sendable {
  private let numbers = Mutex<[Int]>([])
  func add(_ number: Int) { numbers.withLock { $0.append(number) } }
  var all: [Int] { numbers.withLock { $0 } }
}

struct Break: Error, Equatable { var at: Int }

func makeSlots(_ count: Int) -> [NumberSlot] { (0..<count).map { _ in NumberSlot() } }

/// A source that counts from 0 up to `count`.
func counting(to count: Int, name: String = "source") -> Source<NumberSlot> {
  Source(name) { slot, timing in
    guard timing.sequence < count else { return false }
    slot.number = timing.sequence
    slot.visits = 0
    return true
  }
}

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
}
