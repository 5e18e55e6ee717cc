import Glibc

/// The clocks of layer times.
enum ThreadClock {
  /// Nanoseconds on `CLOCK_MONOTONIC`, the pipeline's clock; read without a system call.
  static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

  /// CPU time of the calling thread in nanoseconds. A system call of half a microsecond.
  static func cpu() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
