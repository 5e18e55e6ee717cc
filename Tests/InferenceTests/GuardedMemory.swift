import Glibc

/// Memory between two pages that nobody may touch: a read or write outside stops the test program
/// at once. The bytes lie directly before the second page or directly behind the first.
final class GuardedMemory {
  enum Edge: CaseIterable, Sendable { case start, end }

  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int
  /// The bytes of the inner pages that do not belong to the memory.
  private let rest: Range<Int>
  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
  private static let sentinel: UInt8 = 0xA5

  init(byteCount: Int, at edge: Edge) {
    let page = Self.page
    let inner = max(page, (byteCount + page - 1) / page * page)
    mappedBytes = inner + 2 * page
    mapping = mmap(
      nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    precondition(mapping != MAP_FAILED)
    mprotect(mapping, page, PROT_NONE)
    mprotect(mapping + page + inner, page, PROT_NONE)
    let first = edge == .start ? page : page + inner - byteCount
    base = mapping + first
    self.byteCount = byteCount
    rest = edge == .start ? page + byteCount..<page + inner : page..<first
    memset(mapping + page, Int32(Self.sentinel), inner)
  }

  deinit { munmap(mapping, mappedBytes) }

  /// Nothing was written into the rest of the inner pages.
  var isIntact: Bool {
    rest.allSatisfy { mapping.load(fromByteOffset: $0, as: UInt8.self) == Self.sentinel }
  }
}

/// Numbers between guard pages.
final class GuardedValues<Value: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Value>
  let count: Int
  private let memory: GuardedMemory

  init(_ values: [Value], at edge: GuardedMemory.Edge = .end) {
    count = values.count
    memory = GuardedMemory(byteCount: count * MemoryLayout<Value>.stride, at: edge)
    base = memory.base.bindMemory(to: Value.self, capacity: count)
    base.initialize(from: values, count: count)
  }

  var values: [Value] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Nothing was written outside.
  var isIntact: Bool { memory.isIntact }
}
