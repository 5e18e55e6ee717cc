/// A value behind a lock.
///
/// As `Synchronization.Mutex`, but with a POSIX mutex inside: the thread sanitizer cannot see the
/// lock in `Mutex` on Linux and would report what it guards.
package final class Guarded<Value>: @unchecked Sendable {
  private let monitor = Monitor()
  private var value: Value

  package init(_ value: sending Value) { self.value = value }

  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    monitor.lock()
    defer { monitor.unlock() }
    return try body(&value)
  }
}
