import Glibc
import Synchronization

/// Lets a test make FFmpeg fail: the nth call of one kind returns an error instead of being made.
///
/// A plan holds for the task or thread that set it, so tests beside it are not disturbed:
///
///     FaultInjection.$plan.withValue(FaultPlan(.readPacket, nth: 3, code: -5)) { ... }
///
/// or for a whole process, in all of its threads, by the environment: `DLVIDEO_FAULT=readPacket:3:-5`
/// for the third such call, `readPacket:3+:-5` for it and all that follow.
package enum FaultInjection {
  @TaskLocal package static var plan: FaultPlan? = FaultPlan(environment: "DLVIDEO_FAULT")
}

/// Which call fails, and how.
package final class FaultPlan: Sendable {
  package let call: FFmpegCall
  package let nth: Int
  package let code: Int32
  /// Those after the nth fail, too.
  package let isLasting: Bool
  private let seen = Atomic<Int>(0)

  /// The `nth` (1 is the first) `call` returns `code`, a negative FFmpeg error.
  package init(_ call: FFmpegCall, nth: Int, code: Int32, isLasting: Bool = false) {
    self.call = call
    self.nth = nth
    self.code = code
    self.isLasting = isLasting
  }

  fileprivate convenience init?(environment name: String) {
    guard let text = getenv(name).map({ String(cString: $0) }) else { return nil }
    let parts = text.split(separator: ":")
    guard parts.count == 3, let call = FFmpegCall(rawValue: String(parts[0])),
      let nth = Int(parts[1].hasSuffix("+") ? parts[1].dropLast() : parts[1]),
      let code = Int32(parts[2]), code < 0
    else { return nil }
    self.init(call, nth: nth, code: code, isLasting: parts[1].hasSuffix("+"))
  }

  /// Calls of the planned kind so far.
  package var count: Int { seen.load(ordering: .relaxed) }
  /// The fault was reached.
  package var hasFired: Bool { count >= nth }

  func fault(in call: FFmpegCall) -> Int32? {
    guard call == self.call else { return nil }
    let number = seen.add(1, ordering: .relaxed).newValue
    return number == nth || (isLasting && number > nth) ? code : nil
  }
}
