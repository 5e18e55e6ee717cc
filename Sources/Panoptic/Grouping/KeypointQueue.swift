/// The priority queue of all keypoints, best first; equal scores in order of keypoint type and
/// then of place, so that the order never depends on chance.
///
/// A binary heap of 64-bit keys: the score's bits above (positive floats order as integers), the
/// complement of type * bins + bin below.
struct KeypointQueue {
  private let heap: FixedBuffer<UInt64>
  private let binCount: Int
  private(set) var count = 0

  init(capacity: Int, binCount: Int) {
    heap = FixedBuffer(repeating: 0, count: capacity)
    self.binCount = binCount
  }

  mutating func removeAll() { count = 0 }

  /// Adds without keeping the order; call `arrange` after the last one.
  mutating func append(score: Float, keypoint: Int, bin: Int) {
    guard count < heap.count else { return }
    let place = UInt32(keypoint * binCount + bin)
    heap.base[count] = UInt64(score.bitPattern) << 32 | UInt64(~place)
    count += 1
  }

  mutating func arrange() {
    var index = count / 2 - 1
    while index >= 0 {
      sink(index)
      index -= 1
    }
  }

  mutating func popFirst() -> (score: Float, keypoint: Int, bin: Int)? {
    guard count > 0 else { return nil }
    let key = heap.base[0]
    count -= 1
    heap.base[0] = heap.base[count]
    sink(0)
    let place = Int(~UInt32(truncatingIfNeeded: key))
    return (Float(bitPattern: UInt32(key >> 32)), place / binCount, place % binCount)
  }

  private func sink(_ start: Int) {
    guard start < count else { return }
    let keys = heap.base
    var index = start
    let key = keys[index]
    while true {
      var child = 2 * index + 1
      guard child < count else { break }
      if child + 1 < count, keys[child + 1] > keys[child] { child += 1 }
      guard keys[child] > key else { break }
      keys[index] = keys[child]
      index = child
    }
    keys[index] = key
  }
}
