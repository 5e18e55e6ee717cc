/// Where frames come from: the head of the pipeline, with a thread of its own.
public struct Source<Slot: AnyObject & Sendable>: Sendable {
  /// Name of the stage in statistics, traces and (its first 15 bytes) of the thread.
  public let name: String
  let body: @Sendable (Slot, FrameTiming) throws -> Bool
  let interrupt: (@Sendable () -> Void)?

  /// - Parameters:
  ///   - name: name of the stage.
  ///   - interrupt: makes a `body` that waits for a camera or the network return soon. Called at
  ///     most once, on another thread, when the pipeline is asked to stop or a stage failed. What
  ///     `body` throws after that counts as its end, not as an error.
  ///   - body: fills the slot with the next frame; false when there is none. A live source sets
  ///     `timing.captureNanoseconds` if it knows when the picture was taken, and calls
  ///     `timing.addDropped` for frames that were lost before it saw them.
  public init(
    _ name: String,
    interrupt: (@Sendable () -> Void)? = nil,
    body: @escaping @Sendable (Slot, FrameTiming) throws -> Bool
  ) {
    self.name = name
    self.interrupt = interrupt
    self.body = body
  }
}

/// One step of the work on a frame, with a thread of its own.
public struct Stage<Slot: AnyObject & Sendable>: Sendable {
  /// Name of the stage in statistics, traces and (its first 15 bytes) of the thread.
  public let name: String
  let body: @Sendable (Slot, FrameTiming) throws -> Void

  /// - Parameters:
  ///   - name: name of the stage.
  ///   - body: the work; the slot belongs to this thread until `body` returns. `timing` tells what
  ///     the stages before it took for this very frame.
  public init(_ name: String, body: @escaping @Sendable (Slot, FrameTiming) throws -> Void) {
    self.name = name
    self.body = body
  }
}
