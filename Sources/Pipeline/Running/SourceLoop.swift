/// The source's thread: takes a free slot, reads a frame into it, hands it on.
final class SourceLoop<Slot: AnyObject & Sendable>: @unchecked Sendable {
  private let source: Source<Slot>
  private let free: RingBuffer<Carrier<Slot>>
  let outlet: Outlet<Slot>
  private let isLive: Bool
  private let counters: StageCounters
  private let statistics: PipelineStatistics
  private let control: RunControl

  // Only the source's thread touches these while it runs.
  private var machine = SourceMachine()
  private var sequence = 0
  private var carrier: Carrier<Slot>?
  /// Frames dropped at the gate come straight back here.
  private var spares: [Carrier<Slot>] = []
  private var waited = WaitTally()

  init(
    source: Source<Slot>, free: RingBuffer<Carrier<Slot>>, outlet: Outlet<Slot>, isLive: Bool,
    statistics: PipelineStatistics, control: RunControl
  ) {
    self.source = source
    self.free = free
    self.outlet = outlet
    self.isLive = isLive
    counters = statistics.counters[0]
    self.statistics = statistics
    self.control = control
    spares.reserveCapacity(free.capacity)
  }

  func run() {
    counters.threadBegan()
    var event = SourceMachine.Event.started
    loop: while true {
      guard let action = machine.action(after: event) else {
        preconditionFailure("source '\(source.name)': \(event) while \(machine.state)")
      }
      switch action {
      case .takeSlot: event = takeSlot()
      case .read: event = read()
      case .passOn: event = passOn()
      case .end(let downstream):
        switch downstream {
        case .leaveAlone: break
        case .close: outlet.close()
        case .fail: if let failure = control.failure { outlet.fail(failure.error) }
        }
        break loop
      }
    }
    counters.threadEnded()
  }

  private func takeSlot() -> SourceMachine.Event {
    if control.isStopping { return .stop }
    carrier = spares.popLast() ?? free.tryPop()
    if carrier == nil {
      // The free ring is only ever closed, so `pop` throws nothing.
      carrier = waited.measureRoom { try? free.pop() }
    }
    if carrier == nil { return .noSlotsAnyMore }
    return control.isStopping ? .stop : .slot
  }

  private func read() -> SourceMachine.Event {
    guard let carrier else { preconditionFailure("reading without a slot") }
    let timing = carrier.timing
    timing.start(sequence: sequence)
    let begin = MonotonicClock.now()
    do {
      guard try source.body(carrier.slot, timing) else { return .inputEnded }
    } catch {
      // An interrupted read fails; that is how it ends.
      if control.hasInterrupted { return .stop }
      control.fail(error, stage: source.name, isSource: true)
      return .readFailed
    }
    let end = MonotonicClock.now()
    if timing.captureNanoseconds == 0 { timing.captureNanoseconds = isLive ? end : begin }
    sequence += 1
    statistics.countDropped(timing.dropped)
    timing.spans[0] = .init(
      begin: begin, end: end, waitedForInput: 0, waitedForRoom: waited.roomNanoseconds,
      found: 0, hasRun: true)
    counters.record(nanoseconds: end &- begin, waited: waited)
    waited = WaitTally()
    return .frame
  }

  private func passOn() -> SourceMachine.Event {
    guard let full = carrier else { preconditionFailure("nothing to hand on") }
    guard outlet.pass(full, spares: &spares, waited: &waited) else { return .refused }
    carrier = nil
    if sequence == 1, case .gate(let gate) = outlet { gate.awaitFirstTake(waited: &waited) }
    return .passedOn
  }

  /// True if it ended because it was told to, not because there was nothing more to read.
  var wasStopped: Bool { machine.state == .ended(.stopped) }

  /// The slots it holds, after its thread has ended.
  func restingElements() -> [Carrier<Slot>] { spares + (carrier.map { [$0] } ?? []) }
}
