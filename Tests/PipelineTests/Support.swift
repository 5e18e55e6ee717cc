import Foundation
import Pipeline
import Synchronization

/// A frame is a number.
final class NumberSlot: @unchecked Sendable {
  var number = -1
  /// Counted up by each stage.
  var visits = 0
  /// Who has the slot: two threads at once would be seen.
  private let owned = Atomic<Bool>(false)

  /// Runs `body` as the only owner; false if somebody else has it.
  func alone(_ body: () throws -> Void) rethrows -> Bool {
    guard !owned.exchange(true, ordering: .acquiringAndReleasing) else { return false }
    defer { owned.store(false, ordering: .releasing) }
    try body()
    return true
  }
}

/// What came out at the end, in order.
final class Collector: Sendable {
  private let numbers = Guarded<[Int]>([])
  func add(_ number: Int) { numbers.withLock { $0.append(number) } }
  var all: [Int] { numbers.withLock { $0 } }
}

struct Break: Error, Equatable { var at: Int }

func makeSlots(_ count: Int) -> [NumberSlot] { (0..<count).map { _ in NumberSlot() } }

/// A source that counts from 0 up to `count`.
func counting(to count: Int) -> Source<NumberSlot> {
  Source("source") { slot, timing in
    guard timing.sequence < count else { return false }
    slot.number = timing.sequence
    slot.visits = 0
    return true
  }
}

func sleep(microseconds: Int) {
  guard microseconds > 0 else { return }
  usleep(UInt32(microseconds))
}

/// A name in the temporary folder; what is there is removed at the end.
final class TemporaryFile {
  let path = NSTemporaryDirectory() + "pipeline-" + UUID().uuidString
  deinit { try? FileManager.default.removeItem(atPath: path) }
  var text: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
