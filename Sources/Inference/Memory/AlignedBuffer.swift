import CKernels
import Glibc

/// Zeroed memory on a 64-byte boundary; large buffers ask for huge pages. Where there is none left,
/// the process ends (`ck_take_memory`).
public final class AlignedBuffer: @unchecked Sendable {
  public let base: UnsafeMutableRawPointer
  public let byteCount: Int

  /// Kernels may read, and then ignore, up to this many bytes past the end.
  static let slack = 128
  private static let hugePage = 2 << 20

  public init(byteCount: Int) {
    self.byteCount = byteCount
    let total = byteCount + Self.slack
    let alignment = total >= Self.hugePage ? Self.hugePage : 64
    let pointer = ck_take_memory(total, alignment)!
    if alignment == Self.hugePage { madvise(pointer, total, MADV_HUGEPAGE) }
    memset(pointer, 0, total)
    base = pointer
  }

  /// `values` and zeros behind them, `count` in all.
  convenience init<Value: BitwiseCopyable>(_ values: [Value], count: Int) {
    self.init(byteCount: count * MemoryLayout<Value>.stride)
    values.withUnsafeBytes { base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }

  deinit { free(base) }
}
