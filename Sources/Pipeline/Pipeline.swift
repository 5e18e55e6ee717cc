// # Pipeline
//
// Runs the steps of the work on video frames at the same time, each step on its own thread, and
// knows at any moment what each of them takes. It knows neither networks nor video files: a frame
// is whatever the caller's slot class holds.
//
// ## Which parts there are
//
//     Pipeline            the topology: makes everything below, starts and joins the threads
//     Source, Stage       the caller's work, as named closures
//     SourceLoop          the source's thread     | their states and what follows from what are
//     StageLoop           a stage's thread        | tables of their own: StageMachine.swift
//     RingBuffer          bounded queue between two neighbouring threads
//     LiveGate            the waiting room of live sources: the only place where frames are dropped
//     FrameSink           behind the last stage: counts, shows to observers, frees the slot
//     Carrier             a slot with its FrameTiming: what circulates
//     RunControl          shared by all: whether to stop, the first error
//     PipelineStatistics  what everybody's clocks say; RunSummary is its final value
//     FrameObserver       who looks at finished frames: FrameTable (CSV), TraceWriter, FrameHistory
//
// ## Who talks to whom
//
// Only neighbours talk, and only through the queue between them:
//
//     free slots ring --> source --> ring --> stage 1 --> ring --> ... --> stage N --> sink --+
//          ^                        (or gate)                                                 |
//          +----------------------------------------------------------------------------------+
//
// Slots are made by the caller before the first frame and go round; so memory is bounded, frames
// stay in order, and nothing is allocated per frame.
//
// ## How it ends
//
// An end travels along the same queues, behind the frames that came before it:
//
// * Source at its end, or asked to stop: it closes its queue; each stage finishes what is in its
//   inlet, closes the next. All frames read are finished.
// * Stage k fails at frame n: it fails its outlet (stages after it finish the frames before n) and
//   abandons its inlet (stages before it find their hand-over refused and do the same). The source,
//   if it waits for a free slot, is woken when the last stage ends and closes the free ring; if it
//   waits in its own read, by `Source.interrupt`. Frame n and those behind it are not finished.
// * `run()` joins all threads, then throws the first error.
//
// ## What it costs
//
// Per stage and frame two readings of the clock, a few relaxed stores into counters that no other
// thread writes, and the hand-over. Readings of the clock for waits are made only when there is
// something to wait for.

/// A source and a row of stages, each on a thread of its own, with slots going round.
public final class Pipeline<Slot: AnyObject & Sendable>: Sendable {
  /// The numbers of the run, readable at any time.
  public let statistics: PipelineStatistics

  private let slotCount: Int
  private let control: RunControl
  private let free: RingBuffer<Carrier<Slot>>
  private let rings: [RingBuffer<Carrier<Slot>>]
  private let gate: LiveGate<Slot>?
  private let source: SourceLoop<Slot>
  private let stages: [StageLoop<Slot>]
  private let observers: [any FrameObserver<Slot>]

  /// - Parameters:
  ///   - slots: the buffers that go round, each object once; one at least. For all threads to be
  ///     busy there should be as many as source and stages together, and for a live source two more
  ///     than frames in flight (one being read, one waiting), so that it need not wait for one.
  ///   - source: where frames come from.
  ///   - stages: the work, in order; one at least.
  ///   - observers: who sees each finished frame.
  ///   - ringCapacity: how many frames wait before a stage at most; for a live source with
  ///     `drop: .oldest` or `.none` also the size of its waiting room.
  ///   - policy: whether frames may be dropped.
  ///   - framesInFlight: live only: how many frames are let into the stages at once; by default one
  ///     more than `cores`.
  ///   - cores: how many cores the stages have to share, for that default.
  public init(
    slots: [Slot],
    source: Source<Slot>,
    stages: [Stage<Slot>],
    observers: [any FrameObserver<Slot>] = [],
    ringCapacity: Int = 2,
    policy: FlowPolicy = .file,
    framesInFlight: Int? = nil,
    cores: Int = availableCores()
  ) {
    precondition(!slots.isEmpty, "a pipeline needs a slot")
    precondition(!stages.isEmpty, "a pipeline needs a stage")
    precondition(ringCapacity >= 1, "rings hold one frame at least")
    precondition(Set(slots.map(ObjectIdentifier.init)).count == slots.count, "a slot twice")
    slotCount = slots.count

    // The waiting room leaves one slot to the source and one to the stages, if there are as many.
    var places = ringCapacity
    var allowed: UInt64?
    if case .live(let drop, let milliseconds) = policy {
      places = drop == .latest ? 1 : max(1, min(ringCapacity, slots.count - 2))
      allowed = milliseconds.map { UInt64(min(max(0, $0), 1e12) * 1e6) }
    }
    let names = [source.name] + stages.map(\.name)
    let statistics = PipelineStatistics(
      stages: names.enumerated().map { index, name in
        (name, index == 0 ? 0 : index == 1 ? places : ringCapacity)
      },
      maxLatencyNanoseconds: allowed)
    let control = RunControl(interrupt: source.interrupt)

    let free = RingBuffer<Carrier<Slot>>(capacity: slots.count)
    for slot in slots {
      let filled = free.tryPush(Carrier(slot: slot, timing: FrameTiming(statistics: statistics)))
      precondition(filled)
    }
    var gate: LiveGate<Slot>?
    if case .live(let drop, _) = policy {
      let wanted = framesInFlight ?? min(cores, stages.count) + 1
      let limit = max(1, min(wanted, slots.count - places - 1))
      gate = LiveGate(
        policy: drop, places: places,
        limit: AdmissionLimit(base: limit, maxLatencyNanoseconds: allowed), statistics: statistics)
    }
    let ringCount = gate == nil ? stages.count : stages.count - 1
    let rings = (0..<ringCount).map { _ in RingBuffer<Carrier<Slot>>(capacity: ringCapacity) }
    let sink = FrameSink(free: free, gate: gate, statistics: statistics, observers: observers)

    // inlets[i] is what stage i takes from; the one before it (or the source) puts into it.
    var inlets = rings.map { Inlet.ring($0) }
    var outlets = rings.map { Outlet.ring($0) }
    if let gate {
      inlets.insert(.gate(gate), at: 0)
      outlets.insert(.gate(gate), at: 0)
    }
    outlets.append(.sink(sink))
    self.source = SourceLoop(
      source: source, free: free, outlet: outlets[0], isLive: gate != nil,
      statistics: statistics, control: control)
    self.stages = stages.enumerated().map { index, stage in
      StageLoop(
        index: index + 1, stage: stage, inlet: inlets[index], outlet: outlets[index + 1],
        counters: statistics.counters[index + 1], control: control, gate: gate)
    }
    self.statistics = statistics
    self.control = control
    self.free = free
    self.rings = rings
    self.gate = gate
    self.observers = observers
  }

  /// Runs until the source ends, is stopped or something fails; blocks the caller meanwhile. Once
  /// per pipeline.
  ///
  /// - Returns: the run in numbers.
  /// - Throws: the first error of source, stages or observers, after all threads have ended;
  ///   `PipelineError.alreadyRun`, `.cannotStartThread`. `summary` tells what was done until then.
  @discardableResult
  public func run() throws -> RunSummary { try run(threadsAtMost: .max) }

  /// As `run()`, as if the system gave no more than so many threads: for tests.
  @discardableResult
  package func run(threadsAtMost limit: Int) throws -> RunSummary {
    try control.begin()
    let start = MonotonicClock.now()
    statistics.runBegan(at: start)
    var begun = 0
    do {
      for observer in observers {
        try observer.runBegan(stages: statistics.stageNames, start: start)
        begun += 1
      }
      runThreads(atMost: limit)
    } catch {
      control.fail(error, stage: "observer")
    }
    statistics.runEnded(at: MonotonicClock.now())
    control.end()
    for observer in observers[..<begun] {
      do {
        try observer.runEnded(summary)
      } catch {
        control.fail(error, stage: "observer")
      }
    }
    if let failure = control.failure { throw failure.error }
    return summary
  }

  /// Asks the run to end: the source reads no more, what is in flight is finished. Any thread, any
  /// time, as often as one likes; not from inside a signal handler.
  public func requestStop() { control.requestStop() }

  /// The run in numbers so far; final once `run()` has returned or thrown.
  public var summary: RunSummary {
    let failure = control.failure
    return RunSummary(
      ending: failure != nil ? .failed : source.wasStopped ? .stopped : .endOfInput,
      failure: failure.map { .init(stage: $0.stage, message: String(describing: $0.error)) },
      frames: statistics.framesOut,
      droppedFrames: statistics.framesDropped,
      lateFrames: statistics.lateFrames,
      wallSeconds: Double(statistics.wallNanoseconds) / 1e9,
      latency: statistics.latency(),
      stages: statistics.stages(),
      rates: statistics.rates())
  }

  /// Starts the threads, the last stage's first, so that one that cannot be started has nobody
  /// before it yet and ends those behind it as any failing stage does.
  private func runThreads(atMost limit: Int) {
    var threads: [StageThread] = []
    let source = source
    var loops: [(outlet: Outlet<Slot>, run: @Sendable () -> Void)] = []
    loops.append((source.outlet, { @Sendable in source.run() }))
    for stage in stages { loops.append((stage.outlet, { @Sendable in stage.run() })) }
    for (name, loop) in zip(statistics.stageNames, loops).reversed() {
      do {
        guard threads.count < limit else {
          throw PipelineError.cannotStartThread(stage: name, reason: "no more threads")
        }
        threads.append(try StageThread(name: name, body: loop.run))
      } catch {
        control.fail(error, stage: name)
        loop.outlet.fail(error)
        break
      }
    }
    for thread in threads { thread.join() }
  }

  /// Traps unless every slot is in exactly one place. Before the run and after it.
  package func checkInvariants() {
    free.checkInvariants()
    for ring in rings { ring.checkInvariants() }
    gate?.checkInvariants()
    var found = free.restingElements() + source.restingElements()
    for ring in rings { found += ring.restingElements() }
    for stage in stages { found += stage.restingElements() }
    if let gate { found += gate.restingElements() }
    precondition(found.count == slotCount, "\(found.count) slots of \(slotCount)")
    precondition(
      Set(found.map { ObjectIdentifier($0.slot) }).count == slotCount, "a slot is in two places")
  }
}
