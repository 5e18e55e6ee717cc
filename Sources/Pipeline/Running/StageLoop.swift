/// A stage's thread: takes a frame, works on it, hands it on.
final class StageLoop<Slot: AnyObject & Sendable>: @unchecked Sendable {
  let stage: Stage<Slot>
  let outlet: Outlet<Slot>
  private let index: Int
  private let inlet: Inlet<Slot>
  private let counters: StageCounters
  private let control: RunControl
  private let gate: LiveGate<Slot>?

  // Only the stage's thread touches these while it runs.
  private var machine = StageMachine()
  private var carrier: Carrier<Slot>?
  private var waited = WaitTally()
  private var found = 0
  private var noSpares: [Carrier<Slot>] = []
  private var inputError: (any Error)?

  /// - Parameter index: place of the stage in `FrameTiming.stageNames`, from 1.
  init(
    index: Int, stage: Stage<Slot>, inlet: Inlet<Slot>, outlet: Outlet<Slot>,
    counters: StageCounters, control: RunControl, gate: LiveGate<Slot>?
  ) {
    self.index = index
    self.stage = stage
    self.inlet = inlet
    self.outlet = outlet
    self.counters = counters
    self.control = control
    self.gate = gate
  }

  func run() {
    counters.threadBegan()
    var event = StageMachine.Event.started
    loop: while true {
      guard let action = machine.action(after: event) else {
        preconditionFailure("stage '\(stage.name)': \(event) while \(machine.state)")
      }
      switch action {
      case .takeInput: event = takeInput()
      case .work: event = work()
      case .passOn: event = passOn()
      case .end(let upstream, let downstream):
        windUp(upstream, downstream)
        break loop
      }
    }
    counters.threadEnded()
  }

  private func takeInput() -> StageMachine.Event {
    found = inlet.count
    do {
      carrier = try inlet.take(&waited)
      return carrier == nil ? .inputEnded : .input
    } catch {
      inputError = error
      return .inputFailed
    }
  }

  private func work() -> StageMachine.Event {
    guard let carrier else { preconditionFailure("working on nothing") }
    let timing = carrier.timing
    let begin = MonotonicClock.now()
    do {
      try stage.body(carrier.slot, timing)
      let end = MonotonicClock.now()
      timing.spans[index] = .init(
        begin: begin, end: end, waitedForInput: waited.inputNanoseconds,
        waitedForRoom: waited.roomNanoseconds, found: found, hasRun: true)
      counters.record(nanoseconds: end &- begin, waited: waited, found: found)
      waited = WaitTally()
      if case .sink(let sink) = outlet { try sink.complete(carrier) }
      return .workDone
    } catch {
      control.fail(error, stage: stage.name)
      inputError = error
      return .workFailed
    }
  }

  private func passOn() -> StageMachine.Event {
    guard let done = carrier else { preconditionFailure("nothing to hand on") }
    // Once passed, the frame belongs to the next thread.
    carrier = nil
    if outlet.pass(done, spares: &noSpares, waited: &waited) { return .passedOn }
    carrier = done
    return .refused
  }

  private func windUp(_ upstream: StageMachine.Upstream, _ downstream: StageMachine.Downstream) {
    switch upstream {
    case .leaveAlone: break
    case .abandon:
      inlet.abandon()
      // Frames lost here never leave, so stage 1 must not wait at the gate for them to do so.
      gate?.abandon()
    }
    switch downstream {
    case .leaveAlone: break
    case .close: outlet.close()
    case .fail: if let inputError { outlet.fail(inputError) }
    }
  }

  /// The slots it holds, after its thread has ended.
  func restingElements() -> [Carrier<Slot>] { carrier.map { [$0] } ?? [] }
}
