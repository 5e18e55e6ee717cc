/// Everything that can go wrong in `Media`, told in one line for a person: what failed, on which
/// input or output, FFmpeg's own words where it had any, and what to do where that is known.
public enum MediaError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of failure it is; a command line maps these to exit statuses.
  public enum Cause: Sendable, Equatable {
    /// An option, codec or format that does not exist or does not fit.
    case wrongOption
    /// There is no such file, device or host.
    case noSuchInput
    /// The input is there but cannot be read or decoded.
    case badInput
    /// The output cannot be created.
    case cannotCreate
    /// The output was created but writing failed.
    case writeFailed
    /// `cancel()` was called.
    case cancelled
    /// Memory ran out, or FFmpeg broke a promise.
    case internalFailure
  }

  case wrongOption(what: String, advice: String)
  case noSuchInput(input: String, reason: String)
  case unreadable(input: String, reason: String, advice: String)
  /// The input ended before its end; the frames before the break were delivered.
  case brokeMidway(input: String, afterFrames: Int, reason: String)
  /// Nothing came for `seconds`.
  case timedOut(input: String, seconds: Double)
  case cancelled(input: String)
  case cannotCreate(output: String, reason: String, advice: String)
  case writeFailed(output: String, reason: String, advice: String)
  case internalFailure(operation: String, reason: String)

  public var cause: Cause {
    switch self {
    case .wrongOption: .wrongOption
    case .noSuchInput: .noSuchInput
    case .unreadable, .brokeMidway, .timedOut: .badInput
    case .cancelled: .cancelled
    case .cannotCreate: .cannotCreate
    case .writeFailed: .writeFailed
    case .internalFailure: .internalFailure
    }
  }

  public var description: String {
    switch self {
    case .wrongOption(let what, let advice):
      Self.line(what, advice)
    case .noSuchInput(let input, let reason):
      "no such input: \(input): \(reason)"
    case .unreadable(let input, let reason, let advice):
      Self.line("cannot read \(input): \(reason)", advice)
    case .brokeMidway(let input, let frames, let reason):
      "\(input) broke off after \(frames) frames: \(reason)"
    case .timedOut(let input, let seconds):
      "\(input): nothing came for \(Self.short(seconds)) s; is the source running?"
    case .cancelled(let input):
      "reading \(input) was cancelled"
    case .cannotCreate(let output, let reason, let advice):
      Self.line("cannot create \(output): \(reason)", advice)
    case .writeFailed(let output, let reason, let advice):
      Self.line("writing \(output) failed: \(reason)", advice)
    case .internalFailure(let operation, let reason):
      "\(operation) failed: \(reason)"
    }
  }

  /// Why, without what and where.
  var reason: String {
    switch self {
    case .wrongOption(let what, _): what
    case .noSuchInput(_, let reason), .unreadable(_, let reason, _),
      .brokeMidway(_, _, let reason), .cannotCreate(_, let reason, _),
      .writeFailed(_, let reason, _), .internalFailure(_, let reason):
      reason
    case .timedOut(_, let seconds): "nothing came for \(Self.short(seconds)) s"
    case .cancelled: "cancelled"
    }
  }

  private static func line(_ what: String, _ advice: String) -> String {
    advice.isEmpty ? what : "\(what); \(advice)"
  }

  private static func short(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
  }
}
