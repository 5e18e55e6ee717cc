/// Hands pictures out no faster than their time stamps say.
struct RealtimePacer {
  private var origin: (seconds: Double, time: UInt64)?

  /// Waits for a picture's turn; false when cancelled meanwhile.
  mutating func wait(for seconds: Double, _ interruption: Interruption) -> Bool {
    let now = monotonicNanoseconds()
    guard let origin, seconds >= origin.seconds else {
      self.origin = (seconds, now)
      return true
    }
    return interruption.sleep(until: origin.time + UInt64((seconds - origin.seconds) * 1e9))
  }
}
