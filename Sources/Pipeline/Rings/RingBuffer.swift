import Synchronization

/// A bounded queue between exactly two threads, one that pushes and one that pops.
///
/// No lock is taken while it is neither full nor empty. A side that cannot go on looks a few times
/// again (some tens of nanoseconds: on few cores the other side may need this very core) and then
/// sleeps. It ends in one of three ways, each final:
///
///     push  1  2  3  close          pop  1  2  3  nil
///     push  1  2  3  fail(e)        pop  1  2  3  throws e
///     push  1  2  3  refused        pop  1  2  abandon
///
/// `push`, `close` and `fail` belong to the pushing thread, `pop` and `abandon` to the popping one.
public final class RingBuffer<Element: Sendable>: @unchecked Sendable {
  package enum State: UInt8, AtomicRepresentable {
    case open, closed, failed, abandoned
  }

  /// The number of elements it holds at most.
  public let capacity: Int
  private let storage: RingStorage<Element>
  private let state = Atomic<State>(.open)
  private let failure = Guarded<(any Error)?>(nil)
  private let arrived = Doorbell()
  private let left = Doorbell()

  private static var looksBeforeSleep: Int { 32 }

  /// - Parameter capacity: how many elements it holds at most, 1 or more.
  public init(capacity: Int) {
    precondition(capacity >= 1, "a ring buffer holds one element at least")
    self.capacity = capacity
    storage = RingStorage(places: capacity)
  }

  /// How many elements are inside: exact for the two threads while the other one rests.
  public var count: Int {
    let tail = storage.tail.pointee.load(ordering: .acquiring)
    return max(0, tail - storage.head.pointee.load(ordering: .acquiring))
  }

  // MARK: The pushing side

  /// Adds `element` if there is room; false if it is full or has ended.
  public func tryPush(_ element: Element) -> Bool {
    guard state.load(ordering: .acquiring) == .open else { return false }
    let tail = storage.tail.pointee.load(ordering: .relaxed)
    guard tail - storage.head.pointee.load(ordering: .acquiring) < capacity else { return false }
    storage.put(element, at: tail)
    storage.tail.pointee.store(tail + 1, ordering: .sequentiallyConsistent)
    arrived.ring()
    return true
  }

  /// Adds `element`, waiting for room. False if it was refused because the ring has ended; the
  /// caller still has the element then.
  public func push(_ element: Element) -> Bool {
    while true {
      for _ in 0..<Self.looksBeforeSleep where tryPush(element) { return true }
      guard state.load(ordering: .acquiring) == .open else { return false }
      left.wait {
        let head = storage.head.pointee.load(ordering: .sequentiallyConsistent)
        return storage.tail.pointee.load(ordering: .relaxed) - head < capacity
          || state.load(ordering: .sequentiallyConsistent) != .open
      }
    }
  }

  /// Nothing more will come: the other side gets what is inside and then nil.
  public func close() { end(as: .closed) }

  /// Nothing more will come because of `error`: the other side gets what is inside, then the error.
  public func fail(_ error: any Error) {
    failure.withLock { if $0 == nil { $0 = error } }
    end(as: .failed)
  }

  // MARK: The popping side

  /// Takes the next element; nil if there is none at the moment or it has ended.
  public func tryPop() -> Element? {
    let head = storage.head.pointee.load(ordering: .relaxed)
    guard storage.tail.pointee.load(ordering: .acquiring) != head else { return nil }
    let element = storage.take(at: head)
    storage.head.pointee.store(head + 1, ordering: .sequentiallyConsistent)
    left.ring()
    return element
  }

  /// Takes the next element, waiting for it; nil when it was closed, and the error of `fail` when
  /// it failed, in both cases after everything inside has been taken.
  public func pop() throws -> Element? {
    while true {
      for _ in 0..<Self.looksBeforeSleep {
        if let element = tryPop() { return element }
      }
      let seen = state.load(ordering: .acquiring)
      if seen != .open {
        // Look again: the last element may have been pushed between the look and the end.
        if let element = tryPop() { return element }
        if seen == .failed, let error = failure.withLock({ $0 }) { throw error }
        return nil
      }
      arrived.wait {
        let tail = storage.tail.pointee.load(ordering: .sequentiallyConsistent)
        return storage.head.pointee.load(ordering: .relaxed) != tail
          || state.load(ordering: .sequentiallyConsistent) != .open
      }
    }
  }

  /// The popping side goes away: what is inside stays there, and pushes are refused from now on.
  public func abandon() { end(as: .abandoned) }

  // MARK: Both

  /// The first ending counts, but an abandoned ring is abandoned even if it was closed before.
  private func end(as ending: State) {
    let (ended, before) = state.compareExchange(
      expected: .open, desired: ending, ordering: .sequentiallyConsistent)
    if !ended, ending == .abandoned, before != .abandoned {
      state.store(.abandoned, ordering: .sequentiallyConsistent)
    }
    arrived.ring()
    left.ring()
  }

  package var endingState: State { state.load(ordering: .acquiring) }

  /// What is inside, while no thread uses the ring.
  package func restingElements() -> [Element] {
    let head = storage.head.pointee.load(ordering: .acquiring)
    let tail = storage.tail.pointee.load(ordering: .acquiring)
    return (head..<tail).map { storage.peek(at: $0) }
  }

  /// Traps if the structure is broken. May be called by either thread at any time.
  package func checkInvariants() {
    var head = 0
    var tail = 0
    repeat {
      head = storage.head.pointee.load(ordering: .sequentiallyConsistent)
      tail = storage.tail.pointee.load(ordering: .sequentiallyConsistent)
      // With the same head before and after, the tail belongs to it.
    } while head != storage.head.pointee.load(ordering: .sequentiallyConsistent)
    precondition(head >= 0 && head <= tail, "head \(head) is past tail \(tail)")
    precondition(tail - head <= capacity, "\(tail - head) elements in \(capacity) places")
    precondition(storage.indicesAreOnSeparateLines, "indices share a cache line")
    if endingState == .failed {
      precondition(failure.withLock { $0 != nil }, "failed without an error")
    }
  }
}
