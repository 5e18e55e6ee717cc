/// The waiting room between a live source and the first stage: the one place where frames are
/// dropped, and only by the source's thread.
///
///     source --offer--> [ waiting room ] --take--> stage 1 ... stage N --leave-->
///        ^                     |
///        +---- displaced ------+          at most `limit` frames between take and leave
///
/// A lock is fine here: it is taken three times a frame, for some tens of nanoseconds.
package final class LiveGate<Slot: AnyObject & Sendable>: @unchecked Sendable {
  private enum State {
    case open, closed, abandoned
    case failed(any Error)
  }

  private let monitor = Monitor()
  private let policy: DropPolicy
  private let statistics: PipelineStatistics
  // Everything below only under the monitor's lock.
  private var state = State.open
  private var room: [Carrier<Slot>?]
  private var first = 0
  private var waiting = 0
  private var inFlight = 0
  private var limit: AdmissionLimit
  private var droppedSinceTake = 0
  private var taken = 0

  package init(
    policy: DropPolicy, places: Int, limit: AdmissionLimit, statistics: PipelineStatistics
  ) {
    self.policy = policy
    self.limit = limit
    self.statistics = statistics
    room = Array(repeating: nil, count: places)
  }

  var places: Int { room.count }

  package var count: Int {
    monitor.lock()
    defer { monitor.unlock() }
    return waiting
  }

  /// Whether `take` would have to wait.
  package var wouldWait: Bool {
    monitor.lock()
    defer { monitor.unlock() }
    guard waiting > 0 else { if case .open = state { return true } else { return false } }
    return inFlight >= limit.current
  }

  // MARK: The source's side

  /// Puts a frame into the waiting room. Frames that make way for it are added to `spares`.
  /// False if it was refused because nobody takes frames any more.
  package func offer(
    _ carrier: Carrier<Slot>, spares: inout [Carrier<Slot>], waited: inout WaitTally
  ) -> Bool {
    monitor.lock()
    defer { monitor.unlock() }
    while policy == .none, waiting == places, case .open = state {
      waited.measureRoom { monitor.wait() }
    }
    guard case .open = state else { return false }
    if policy != .none {
      while waiting == places { spares.append(displaceOldest()) }
      if let allowed = limit.maxLatencyNanoseconds {
        let now = MonotonicClock.now()
        while waiting > 0, age(of: room[first], at: now) > allowed {
          spares.append(displaceOldest())
        }
      }
    }
    room[(first + waiting) % places] = carrier
    waiting += 1
    monitor.wakeAll()
    return true
  }

  /// Waits until the first frame has been let in (a moment, while the threads start): an output
  /// begins with its source's first picture, whatever came while everything was made ready.
  func awaitFirstTake(waited: inout WaitTally) {
    monitor.lock()
    defer { monitor.unlock() }
    while taken == 0, waiting > 0, case .open = state { waited.measureRoom { monitor.wait() } }
  }

  package func close() { end(as: .closed) }
  package func fail(_ error: any Error) { end(as: .failed(error)) }

  private func displaceOldest() -> Carrier<Slot> {
    let oldest = removeFirst()
    statistics.countDropped(1)
    droppedSinceTake += 1 + oldest.timing.dropped
    return oldest
  }

  private func age(of carrier: Carrier<Slot>?, at now: UInt64) -> UInt64 {
    guard let capture = carrier?.timing.captureNanoseconds, now > capture else { return 0 }
    return now - capture
  }

  private func removeFirst() -> Carrier<Slot> {
    guard let carrier = room[first] else { preconditionFailure("an empty place in the room") }
    room[first] = nil
    first = (first + 1) % places
    waiting -= 1
    return carrier
  }

  // MARK: The first stage's side

  /// Lets the next frame in, waiting until there is one and until there is room for it among the
  /// frames in flight; nil or an error at the end, as `RingBuffer.pop`.
  package func take(waited: inout WaitTally) throws -> Carrier<Slot>? {
    monitor.lock()
    defer { monitor.unlock() }
    while true {
      if case .abandoned = state { return nil }
      if waiting == 0 {
        switch state {
        case .open: waited.measureInput { monitor.wait() }
        case .closed, .abandoned: return nil
        case .failed(let error): throw error
        }
      } else if inFlight >= limit.current {
        waited.measureRoom { monitor.wait() }
      } else {
        let carrier = removeFirst()
        inFlight += 1
        carrier.timing.dropped += droppedSinceTake
        carrier.timing.outputIndex = taken
        droppedSinceTake = 0
        taken += 1
        if policy == .none || taken == 1 { monitor.wakeAll() }
        return carrier
      }
    }
  }

  /// Nobody takes frames any more: offers are refused and `take` returns nil at once. Any thread.
  package func abandon() { end(as: .abandoned) }

  // MARK: The last stage's side

  /// A frame has left the pipeline, `latency` nanoseconds after its capture.
  package func leave(latency: UInt64) {
    monitor.lock()
    inFlight -= 1
    precondition(inFlight >= 0, "more frames left than were let in")
    limit.frameLeft(latency: latency)
    monitor.wakeAll()
    monitor.unlock()
  }

  private func end(as ending: State) {
    monitor.lock()
    switch (state, ending) {
    case (.open, _), (_, .abandoned): state = ending
    default: break
    }
    monitor.wakeAll()
    monitor.unlock()
  }

  /// What is inside, while no thread uses the gate.
  func restingElements() -> [Carrier<Slot>] { room.compactMap { $0 } }

  /// Traps if the structure is broken. Any thread.
  package func checkInvariants() {
    monitor.lock()
    defer { monitor.unlock() }
    precondition(waiting >= 0 && waiting <= places, "\(waiting) frames in \(places) places")
    for offset in 0..<places {
      precondition(
        (room[(first + offset) % places] != nil) == (offset < waiting), "place \(offset) is wrong")
    }
    precondition(inFlight >= 0 && inFlight <= limit.base, "\(inFlight) frames in flight")
    precondition(droppedSinceTake >= 0)
  }
}
