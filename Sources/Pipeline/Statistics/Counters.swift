import Synchronization

/// The unsafe room of the statistics: a row of counters that one thread changes and any may read.
///
/// As there is one writer, adding is a plain load and store, without a locked instruction. Rows
/// begin on a cache line of their own, so that two stages' counters do not disturb each other.
final class Counters: @unchecked Sendable {
  let count: Int
  private let cells: UnsafeMutablePointer<Atomic<UInt64>>
  private let block: UnsafeMutableRawPointer

  init(count: Int) {
    self.count = count
    // A line more than needed, so that nothing else lies on the last one.
    block = .allocate(byteCount: count * 8 + 128, alignment: 128)
    cells = block.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
  }

  deinit { block.deallocate() }

  subscript(index: Int) -> UInt64 {
    get {
      precondition(index >= 0 && index < count)
      return cells[index].load(ordering: .relaxed)
    }
    set {
      precondition(index >= 0 && index < count)
      cells[index].store(newValue, ordering: .relaxed)
    }
  }

  func add(_ value: UInt64, at index: Int) { self[index] = self[index] &+ value }

  var values: [UInt64] { (0..<count).map { self[$0] } }
}

/// A histogram that one thread fills and any may look at.
final class LiveHistogram: Sendable {
  private let counters = Counters(count: LogBuckets.count + 3)
  private var sumIndex: Int { LogBuckets.count }
  private var leastIndex: Int { LogBuckets.count + 1 }
  private var greatestIndex: Int { LogBuckets.count + 2 }

  init() { counters[leastIndex] = .max }

  func add(_ nanoseconds: UInt64) {
    counters.add(1, at: LogBuckets.index(of: nanoseconds))
    counters.add(nanoseconds, at: sumIndex)
    if nanoseconds < counters[leastIndex] { counters[leastIndex] = nanoseconds }
    if nanoseconds > counters[greatestIndex] { counters[greatestIndex] = nanoseconds }
  }

  func snapshot() -> Histogram {
    let values = counters.values
    return Histogram(
      buckets: Array(values[..<LogBuckets.count]), sum: values[sumIndex],
      least: values[leastIndex], greatest: values[greatestIndex])
  }
}
