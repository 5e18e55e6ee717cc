import Glibc
import Synchronization

/// Ctrl-C, SIGTERM and SIGHUP as calls on an ordinary thread.
///
/// The signals are blocked in every thread and taken by one that waits for them (`sigwait`), so
/// a handler may lock, allocate and print. The first signal asks for an orderly end where there is
/// something to finish; the second ends the process at once.
final class SignalListener: Sendable {
  private struct State {
    var received: ExitStatus?
    var onStop: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Begins to listen. Call it on the main thread before any other thread is started: threads
  /// inherit the mask.
  ///
  /// - Parameter atOnce: called just before a signal ends the process; true when it is the first
  ///   one, because nothing had been begun that `onStop` could finish.
  /// - Throws: `Failure` 70 when the system starts no thread.
  init(atOnce: @escaping @Sendable (Bool) -> Void) throws {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGTERM)
    // Under nohup a hang-up is to be ignored; a background job's Ctrl-C is still ours, because
    // whoever sends SIGINT to a process by its number means it.
    if !Self.isIgnored(SIGHUP) { sigaddset(&set, SIGHUP) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    let waited = set
    try Thread.start { [self] in
      while true {
        var set = waited
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { continue }
        let status = Self.status(of: number)
        let (isFirst, onStop) = state.withLock { state in
          let isFirst = state.received == nil
          if isFirst { state.received = status }
          return (isFirst, state.onStop)
        }
        if isFirst, let onStop {
          onStop()
        } else {
          atOnce(isFirst)
          _exit(status.rawValue)
        }
      }
    }
  }

  /// The status of the first signal, if one has come.
  var received: ExitStatus? { state.withLock { $0.received } }

  /// From now on there is something to finish, and `action` asks for it on the first signal.
  func onStop(_ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.onStop = action }
  }

  private static func status(of signal: Int32) -> ExitStatus {
    switch signal {
    case SIGINT: .interrupted
    case SIGHUP: .hungUp
    default: .terminated
    }
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// A detached POSIX thread.
enum Thread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  static func start(_ body: @escaping @Sendable () -> Void) throws {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(body))
    let failure = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard failure == 0 else {
      context.release()
      throw Failure(.software, "cannot start a thread: \(String(cString: strerror(failure)))")
    }
    pthread_detach(thread)
  }
}
