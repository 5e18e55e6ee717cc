import Glibc

/// A file written by a thread of its own, so that a slow disk does not hold up who produces text.
///
/// Two buffers take turns: one is filled while the other is written. What may wait is bounded; if
/// the disk is that far behind, `append` waits. Nothing is allocated after `init`.
///
/// One thread at a time may append and close.
final class BackgroundFile: @unchecked Sendable {
  private let queue: WriteQueue
  private var thread: StageThread?

  /// - Parameters:
  ///   - overwrite: whether an existing file may be replaced.
  ///   - handOver: bytes after which the writing thread is woken.
  ///   - capacity: bytes that may wait; also the longest text that can be appended at once.
  init(path: String, overwrite: Bool, handOver: Int = 64 << 10, capacity: Int = 1 << 20) throws {
    precondition(handOver <= capacity)
    let queue = try WriteQueue(
      path: path, overwrite: overwrite, handOver: handOver, capacity: capacity)
    self.queue = queue
    thread = try StageThread(name: "file writer") { queue.writeOut() }
  }

  deinit { try? close() }

  /// Adds text. Throws if writing has failed, for this or any earlier text.
  func append(_ text: [UInt8]) throws { try queue.append(text) }

  /// Writes what waits and closes the file. Later calls do nothing.
  func close() throws {
    guard let thread else { return }
    self.thread = nil
    queue.finish()
    thread.join()
    try queue.closeFile()
  }
}

/// What the appending and the writing thread share.
private final class WriteQueue: @unchecked Sendable {
  private let path: String
  private let descriptor: Int32
  private let monitor = Monitor()
  private let handOver: Int
  private let capacity: Int
  private var isOpen = true
  // Under the monitor's lock.
  private var filling: [UInt8] = []
  private var failure: PipelineError?
  private var closing = false
  private var lastHandOver = MonotonicClock.now()
  private var wantsWriting = false
  // The writing thread's.
  private var writing: [UInt8] = []

  init(path: String, overwrite: Bool, handOver: Int, capacity: Int) throws {
    self.path = path
    self.handOver = handOver
    self.capacity = capacity
    descriptor = try Self.create(path, overwrite: overwrite)
    filling.reserveCapacity(capacity)
    writing.reserveCapacity(capacity)
  }

  deinit { if isOpen { close(descriptor) } }

  func append(_ text: [UInt8]) throws {
    precondition(text.count <= capacity, "a text longer than the buffer")
    monitor.lock()
    defer { monitor.unlock() }
    while filling.count + text.count > capacity, failure == nil {
      wantsWriting = true
      monitor.wakeAll()
      monitor.wait()
    }
    if let failure { throw failure }
    filling.append(contentsOf: text)
    // At least once a second, for those who watch the file grow.
    let now = MonotonicClock.now()
    if filling.count >= handOver || now &- lastHandOver > 1_000_000_000 {
      lastHandOver = now
      wantsWriting = true
      monitor.wakeAll()
    }
  }

  /// Nothing more will be appended.
  func finish() {
    monitor.lock()
    closing = true
    monitor.wakeAll()
    monitor.unlock()
  }

  /// After the writing thread has ended.
  func closeFile() throws {
    isOpen = false
    let status = close(descriptor)
    if let failure { throw failure }
    if status != 0 { throw PipelineError.writeFailed(path: path, reason: Self.reason(errno)) }
  }

  func writeOut() {
    monitor.lock()
    while true {
      while !wantsWriting, !closing { monitor.wait() }
      if filling.isEmpty {
        wantsWriting = false
        if closing { break }
        continue
      }
      swap(&filling, &writing)
      wantsWriting = false
      // Whoever waits for room has it now.
      monitor.wakeAll()
      monitor.unlock()
      let problem = write(writing)
      writing.removeAll(keepingCapacity: true)
      monitor.lock()
      if let problem, failure == nil { failure = problem }
    }
    monitor.unlock()
  }

  private func write(_ bytes: [UInt8]) -> PipelineError? {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
        if count > 0 {
          done += count
        } else if count == 0 || errno != EINTR {
          return .writeFailed(path: path, reason: count == 0 ? "no progress" : Self.reason(errno))
        }
      }
      return nil
    }
  }

  private static func create(_ path: String, overwrite: Bool) throws -> Int32 {
    var status = stat()
    let isRegular = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    if isRegular, !overwrite { throw PipelineError.fileExists(path: path) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw PipelineError.cannotCreateFile(path: path, reason: reason(errno))
    }
    return descriptor
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
