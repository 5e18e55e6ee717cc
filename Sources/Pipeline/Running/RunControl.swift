import Synchronization

/// What all threads of a run share: whether to stop, and the first error.
final class RunControl: Sendable {
  enum Phase: Sendable { case ready, running, ended }

  struct Failure {
    let stage: String
    let error: any Error
  }

  private let phase = Guarded(Phase.ready)
  private let firstFailure = Guarded<Failure?>(nil)
  private let stopping = Atomic<Bool>(false)
  private let requested = Atomic<Bool>(false)
  private let interrupted = Atomic<Bool>(false)
  private let interrupt: (@Sendable () -> Void)?

  init(interrupt: (@Sendable () -> Void)?) { self.interrupt = interrupt }

  /// True from the first request to stop or failure on: the source reads no more.
  var isStopping: Bool { stopping.load(ordering: .acquiring) }
  /// True once the source has been told to give up a blocked read.
  var hasInterrupted: Bool { interrupt != nil && interrupted.load(ordering: .acquiring) }
  var stopWasRequested: Bool { requested.load(ordering: .acquiring) }
  var failure: Failure? { firstFailure.withLock { $0 } }

  func begin() throws {
    try phase.withLock {
      guard $0 == .ready else { throw PipelineError.alreadyRun }
      $0 = .running
    }
  }

  func end() { phase.withLock { $0 = .ended } }

  func requestStop() {
    guard phase.withLock({ $0 != .ended }) else { return }
    requested.store(true, ordering: .releasing)
    stop(interruptingSource: true)
  }

  /// Only the first failure counts; those that follow are mostly its echoes.
  func fail(_ error: any Error, stage: String, isSource: Bool = false) {
    firstFailure.withLock { if $0 == nil { $0 = Failure(stage: stage, error: error) } }
    stop(interruptingSource: !isSource)
  }

  private func stop(interruptingSource: Bool) {
    stopping.store(true, ordering: .sequentiallyConsistent)
    guard interruptingSource else { return }
    if !interrupted.exchange(true, ordering: .sequentiallyConsistent) { interrupt?() }
  }
}
