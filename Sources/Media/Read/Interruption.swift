import CFFmpeg
import Glibc
import Synchronization

/// Ends FFmpeg's blocking calls: at a deadline, or when somebody cancels.
final class Interruption: Sendable {
  private let deadline = Atomic<UInt64>(.max)
  private let cancelled = Atomic<Bool>(false)

  var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
  var isOverdue: Bool { monotonicNanoseconds() > deadline.load(ordering: .relaxed) }
  var isDue: Bool { isCancelled || isOverdue }

  /// Safe from any thread, and from a signal handler.
  func cancel() { cancelled.store(true, ordering: .relaxed) }

  /// The next calls may take this long together; 0 or less: for ever.
  func allow(seconds: Double) {
    deadline.store(
      seconds > 0 ? monotonicNanoseconds() &+ UInt64(min(seconds, 1e9) * 1e9) : .max,
      ordering: .relaxed)
  }

  /// For FFmpeg. Keep this object alive as long as what it is given to.
  var callback: AVIOInterruptCB {
    AVIOInterruptCB(
      callback: { object in
        Unmanaged<Interruption>.fromOpaque(object!).takeUnretainedValue().isDue ? 1 : 0
      },
      opaque: Unmanaged.passUnretained(self).toOpaque())
  }

  /// Sleeps until `time` on the monotonic clock; false when cancelled meanwhile.
  func sleep(until time: UInt64) -> Bool {
    while !isCancelled {
      let now = monotonicNanoseconds()
      if now >= time { return true }
      var pause = timespec(tv_sec: 0, tv_nsec: Int(min(time - now, 20_000_000)))
      nanosleep(&pause, nil)
    }
    return false
  }
}

/// Nanoseconds on the clock that never jumps.
func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

/// Nanoseconds on the clock that people set.
func wallClockNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
