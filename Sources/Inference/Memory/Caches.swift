import Glibc

/// The CPU's caches, for layers that choose how much passes through them at a time.
public enum Caches {
  /// Bytes of a core's second level; 1 MiB where that is not known.
  public static let l2: Int = {
    let bytes = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
    return bytes > 0 ? bytes : 1 << 20
  }()
}
