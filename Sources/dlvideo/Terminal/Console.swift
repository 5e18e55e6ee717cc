import Glibc
import Synchronization

/// Standard error, shared by messages and the progress line so that neither spoils the other.
package final class Console: Sendable {
  package enum Verbosity: Int, Comparable, Sendable {
    case quiet, normal, verbose
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  let verbosity: Verbosity
  /// Whether a progress line may be drawn: standard error is a terminal and nobody forbade it.
  let showsProgress: Bool
  /// Whether a progress line stands on the terminal's last line now.
  private let hasProgress = Mutex(false)

  init(verbosity: Verbosity = .normal, allowsProgress: Bool = false) {
    self.verbosity = verbosity
    showsProgress = allowsProgress && verbosity > .quiet && isatty(STDERR_FILENO) == 1
  }

  /// Always shown: what failed.
  func error(_ text: String) { line(text) }

  /// Something went wrong and the job went on; shown unless quiet.
  func warning(_ text: String) {
    if verbosity >= .normal { line("warning: " + text) }
  }

  /// A result worth a line; shown unless quiet.
  func note(_ text: String) {
    if verbosity >= .normal { line(text) }
  }

  /// Shown with -v only.
  func detail(_ text: String) {
    if verbosity >= .verbose { line(text) }
  }

  /// Draws `text` over the progress line, cut to the terminal's width.
  func progress(_ text: String) {
    guard showsProgress else { return }
    hasProgress.withLock { hasProgress in
      hasProgress = true
      Self.put("\r" + text.prefix(Self.columns - 1) + "\u{1B}[K")
    }
  }

  /// Removes the progress line.
  func endProgress() {
    hasProgress.withLock { hasProgress in
      if hasProgress { Self.put("\r\u{1B}[K") }
      hasProgress = false
    }
  }

  private func line(_ text: String) {
    hasProgress.withLock { hasProgress in
      let clear = hasProgress ? "\r\u{1B}[K" : ""
      hasProgress = false
      Self.put(clear + "dlvideo: " + Self.singleLine(text) + "\n")
    }
  }

  /// One error is one line, and nothing from a file's name or metadata may steer the terminal.
  package static func singleLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          scalar.properties.generalCategory == .control ? " " : scalar
        }))
  }

  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
    return Int(size.ws_col)
  }

  private static func put(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let n = write(STDERR_FILENO, bytes.baseAddress! + written, bytes.count - written)
        if n < 0 && errno == EINTR { continue }
        if n <= 0 { return }
        written += n
      }
    }
  }
}
