import Synchronization

/// The unsafe room of `RingBuffer`: one block of memory with the two indices, each on a cache line
/// of its own, and the elements after them.
///
///     | head ....... | tail ....... | element 0 | element 1 | ... |
///       line 0         line 1         mask + 1 places
///
/// Indices only grow; element `i` lives at place `i & mask`. Places `head ..< tail` are initialized.
struct RingStorage<Element>: ~Copyable {
  /// Two lines of 64 bytes, since x86 prefetches lines in pairs.
  private static var line: Int { 128 }

  let head: UnsafeMutablePointer<Atomic<Int>>
  let tail: UnsafeMutablePointer<Atomic<Int>>
  private let block: UnsafeMutableRawPointer
  private let elements: UnsafeMutablePointer<Element>
  private let mask: Int

  init(places: Int) {
    var size = 1
    while size < places { size *= 2 }
    mask = size - 1
    let alignment = max(Self.line, MemoryLayout<Element>.alignment)
    block = .allocate(
      byteCount: 2 * alignment + size * MemoryLayout<Element>.stride, alignment: alignment)
    head = block.bindMemory(to: Atomic<Int>.self, capacity: 1)
    tail = (block + alignment).bindMemory(to: Atomic<Int>.self, capacity: 1)
    elements = (block + 2 * alignment).bindMemory(to: Element.self, capacity: size)
    head.initialize(to: Atomic(0))
    tail.initialize(to: Atomic(0))
  }

  deinit {
    let first = head.pointee.load(ordering: .acquiring)
    let end = tail.pointee.load(ordering: .acquiring)
    for index in first..<end { (elements + (index & mask)).deinitialize(count: 1) }
    block.deallocate()
  }

  /// Fills place `index`, which must be empty and the caller's.
  func put(_ element: consuming Element, at index: Int) {
    (elements + (index & mask)).initialize(to: element)
  }

  /// Empties place `index`, which must be full and the caller's.
  func take(at index: Int) -> Element { (elements + (index & mask)).move() }

  /// A look at place `index`, which must be full and nobody's to change meanwhile.
  func peek(at index: Int) -> Element { elements[index & mask] }

  var indicesAreOnSeparateLines: Bool {
    abs(UnsafeRawPointer(tail) - UnsafeRawPointer(head)) >= 64
  }
}
