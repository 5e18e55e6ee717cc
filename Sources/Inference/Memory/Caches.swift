import Glibc

/// The CPU's caches, for layers that choose how much passes through them at a time.
public enum Caches {
  /// Bytes of a core's second level; 1 MiB where that is not known.
  public static let l2: Int = {
    let bytes = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
    return bytes > 0 ? bytes : 1 << 20
  }()

  /// Bytes of weights from which on they may not stay in a thread's part of the third level, so that
  /// they are read from memory each time they are used.
  public static let largeWeights = 8 << 20
}
