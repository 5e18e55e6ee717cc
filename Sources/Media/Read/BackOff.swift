/// The pauses between attempts to open a lost source: half a second, doubled up to ten.
struct BackOff {
  private var pause: UInt64 = 500_000_000
  private static let longest: UInt64 = 10_000_000_000

  /// Nanoseconds to wait before the next attempt.
  mutating func next() -> UInt64 {
    defer { pause = min(pause * 2, Self.longest) }
    return pause
  }
}

/// What happens to a live source that `MediaReader.Options.reconnectAttempts` keeps alive.
public enum ReadChange: Sendable, Equatable {
  /// It is closed, and attempts to open it again begin.
  case lost(reason: String)
  /// It is open again, so many seconds after it was lost.
  case regained(seconds: Double)
  /// None of the attempts succeeded.
  case gaveUp(attempts: Int)
}
