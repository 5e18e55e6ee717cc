import Glibc

/// The clock of every time stamp in the pipeline: nanoseconds that never go back
/// (`CLOCK_MONOTONIC`, the clock V4L2 stamps its buffers with, too).
public enum MonotonicClock {
  /// Nanoseconds since some fixed moment before the program's start. About 25 ns a call.
  public static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

  /// CPU time the calling thread has used, in nanoseconds. A system call, about 200 ns.
  static func threadCPUTime() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
