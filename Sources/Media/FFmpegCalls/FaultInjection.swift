import Synchronization

/// Lets a test make FFmpeg fail: the nth call of one kind returns an error instead of being made.
///
/// A plan holds for the task or thread that set it, so tests beside it are not disturbed:
///
///     FaultInjection.$plan.withValue(FaultPlan(.readPacket, nth: 3, code: -5)) { ... }
package enum FaultInjection {
  @TaskLocal package static var plan: FaultPlan?
}

/// Which call fails, and how.
package final class FaultPlan: Sendable {
  package let call: FFmpegCall
  package let nth: Int
  package let code: Int32
  private let seen = Atomic<Int>(0)

  /// The `nth` (1 is the first) `call` returns `code`, a negative FFmpeg error.
  package init(_ call: FFmpegCall, nth: Int, code: Int32) {
    self.call = call
    self.nth = nth
    self.code = code
  }

  /// Calls of the planned kind so far.
  package var count: Int { seen.load(ordering: .relaxed) }
  /// The fault was reached.
  package var hasFired: Bool { count >= nth }

  func fault(in call: FFmpegCall) -> Int32? {
    guard call == self.call else { return nil }
    return seen.add(1, ordering: .relaxed).newValue == nth ? code : nil
  }
}
