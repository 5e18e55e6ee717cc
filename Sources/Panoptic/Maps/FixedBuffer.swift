import CKernels
import Glibc

/// Memory of a fixed size, taken once, so that the frame path allocates nothing. Where there is none
/// left, the process ends (`ck_take_memory`).
package final class FixedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Element>
  package let count: Int

  package init(repeating value: Element, count: Int) {
    self.count = count
    base = ck_take_memory(max(count, 1) * MemoryLayout<Element>.stride, 64)
      .bindMemory(to: Element.self, capacity: count)
    base.initialize(repeating: value, count: count)
  }

  deinit { free(base) }

  package subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      return base[index]
    }
    set {
      assert(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  package func fill(_ value: Element, count: Int? = nil) {
    base.update(repeating: value, count: count ?? self.count)
  }
}

extension FixedBuffer<UInt64> {
  /// Sorts the first `count` elements, greatest first, in place (heap sort: the standard
  /// library's sort takes memory for long ones).
  package func sortDescending(count: Int) {
    guard count > 1 else { return }
    var start = count / 2 - 1
    while start >= 0 {
      sinkSmallest(start, count)
      start -= 1
    }
    var end = count - 1
    while end > 0 {
      (base[0], base[end]) = (base[end], base[0])
      sinkSmallest(0, end)
      end -= 1
    }
  }

  /// Restores a heap whose smallest element is on top.
  private func sinkSmallest(_ start: Int, _ count: Int) {
    var index = start
    let key = base[index]
    while true {
      var child = 2 * index + 1
      guard child < count else { break }
      if child + 1 < count, base[child + 1] < base[child] { child += 1 }
      guard base[child] < key else { break }
      base[index] = base[child]
      index = child
    }
    base[index] = key
  }
}
