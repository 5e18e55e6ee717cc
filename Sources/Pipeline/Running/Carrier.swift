/// A slot with its clock: what circulates in the rings.
package final class Carrier<Slot: AnyObject & Sendable>: Sendable {
  package let slot: Slot
  package let timing: FrameTiming

  package init(slot: Slot, timing: FrameTiming) {
    self.slot = slot
    self.timing = timing
  }
}

/// How long a hand-over made a stage wait, by cause.
package struct WaitTally {
  package init() {}

  package private(set) var inputNanoseconds: UInt64 = 0
  package private(set) var roomNanoseconds: UInt64 = 0

  mutating func measureInput<T>(_ wait: () throws -> T) rethrows -> T {
    let begin = MonotonicClock.now()
    defer { inputNanoseconds += MonotonicClock.now() &- begin }
    return try wait()
  }

  mutating func measureRoom<T>(_ wait: () throws -> T) rethrows -> T {
    let begin = MonotonicClock.now()
    defer { roomNanoseconds += MonotonicClock.now() &- begin }
    return try wait()
  }
}
