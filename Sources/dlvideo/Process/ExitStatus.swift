/// What the process returns: the one list of it (the numbers are sysexits.h's; a signal's are
/// the shell's 128 + n).
enum ExitStatus: Int32, Sendable {
  case done = 0
  /// Options that do not parse or do not fit together.
  case usage = 64
  /// An input that cannot be read or decoded, wholly or from some point on.
  case badInput = 65
  case noSuchInput = 66
  case modelUnusable = 69
  /// Too little memory or threads, or a fault of the program's own.
  case software = 70
  case cannotCreateOutput = 73
  case writeFailed = 74
  /// Stopped by a signal, with the output finished.
  case hungUp = 129
  case interrupted = 130
  case terminated = 143
}

/// An error with its exit status and the one line that a person reads: what failed, on which
/// file, why, and what to do.
struct Failure: Error, CustomStringConvertible {
  let status: ExitStatus
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}
