import Glibc

/// A named POSIX thread that is started once and joined once.
struct StageThread {
  private let handle: pthread_t

  private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// - Parameter name: shown by `top -H`, `perf` and debuggers; Linux keeps 15 bytes of it.
  init(name: String, body: @escaping @Sendable () -> Void) throws(PipelineError) {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var handle = pthread_t()
    let status = pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        StageThread.nameCurrent(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    guard status == 0 else {
      start.release()
      throw .cannotStartThread(stage: name, reason: String(cString: strerror(status)))
    }
    self.handle = handle
  }

  func join() { pthread_join(handle, nil) }

  /// Linux names a thread by what is written here; `pthread_setname_np` is for C with GNU
  /// extensions only. A thread without a name works as well, so failing is no error.
  private static func nameCurrent(_ name: String) {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    var bytes = Array(name.utf8.prefix(15))
    write(descriptor, &bytes, bytes.count)
    close(descriptor)
  }
}
