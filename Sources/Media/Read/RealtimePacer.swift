/// Hands pictures out no faster than their time stamps say.
struct RealtimePacer {
  private var origin: (seconds: Double, time: UInt64)?
  /// A longer pause is a wrong time stamp's, and nobody waits for it.
  private static let longestPause = 1e6

  /// Waits for a picture's turn; false when cancelled meanwhile.
  mutating func wait(for seconds: Double, _ interruption: Interruption) -> Bool {
    let now = monotonicNanoseconds()
    guard let origin, case let passed = seconds - origin.seconds, passed >= 0,
      passed - Double(now &- origin.time) / 1e9 < Self.longestPause
    else {
      self.origin = (seconds, now)
      return true
    }
    return interruption.sleep(until: origin.time + UInt64(passed * 1e9))
  }
}
