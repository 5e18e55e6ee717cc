/// Where a stage takes frames from.
enum Inlet<Slot: AnyObject & Sendable> {
  case ring(RingBuffer<Carrier<Slot>>)
  case gate(LiveGate<Slot>)

  /// How many frames stand in it.
  var count: Int {
    switch self {
    case .ring(let ring): ring.count
    case .gate(let gate): gate.count
    }
  }

  /// How many frames it holds at most.
  var capacity: Int {
    switch self {
    case .ring(let ring): ring.capacity
    case .gate(let gate): gate.places
    }
  }

  /// The next frame; nil or an error at the end.
  func take(_ waited: inout WaitTally) throws -> Carrier<Slot>? {
    switch self {
    case .ring(let ring):
      // No clock is read unless there is something to wait for.
      if let carrier = ring.tryPop() { return carrier }
      return try waited.measureInput { try ring.pop() }
    case .gate(let gate): return try gate.take(waited: &waited)
    }
  }

  func abandon() {
    switch self {
    case .ring(let ring): ring.abandon()
    case .gate(let gate): gate.abandon()
    }
  }
}

/// Where a stage hands frames on to.
enum Outlet<Slot: AnyObject & Sendable> {
  case ring(RingBuffer<Carrier<Slot>>)
  case gate(LiveGate<Slot>)
  /// Behind the last stage: back to the free slots.
  case sink(FrameSink<Slot>)

  /// Hands a frame on; false if the other side has gone. `spares` gets frames that were dropped.
  func pass(
    _ carrier: Carrier<Slot>, spares: inout [Carrier<Slot>], waited: inout WaitTally
  ) -> Bool {
    switch self {
    case .ring(let ring):
      if ring.tryPush(carrier) { return true }
      return waited.measureRoom { ring.push(carrier) }
    case .gate(let gate): return gate.offer(carrier, spares: &spares, waited: &waited)
    case .sink(let sink): return sink.recycle(carrier)
    }
  }

  func close() {
    switch self {
    case .ring(let ring): ring.close()
    case .gate(let gate): gate.close()
    case .sink(let sink): sink.free.close()
    }
  }

  func fail(_ error: any Error) {
    switch self {
    case .ring(let ring): ring.fail(error)
    case .gate(let gate): gate.fail(error)
    // The source learns of the error from `RunControl`; here it only must not wait for slots.
    case .sink(let sink): sink.free.close()
    }
  }
}

/// The end of the way: counts the finished frame, shows it to the observers, frees its slot.
final class FrameSink<Slot: AnyObject & Sendable>: Sendable {
  let free: RingBuffer<Carrier<Slot>>
  private let gate: LiveGate<Slot>?
  private let statistics: PipelineStatistics
  private let observers: [any FrameObserver<Slot>]

  init(
    free: RingBuffer<Carrier<Slot>>, gate: LiveGate<Slot>?, statistics: PipelineStatistics,
    observers: [any FrameObserver<Slot>]
  ) {
    self.free = free
    self.gate = gate
    self.statistics = statistics
    self.observers = observers
  }

  /// Counts a finished frame and shows it to the observers.
  func complete(_ carrier: Carrier<Slot>) throws {
    statistics.frameFinished(carrier.timing)
    for observer in observers { try observer.frameDone(carrier.slot, carrier.timing) }
  }

  /// The free ring has room for every slot, so this never waits.
  func recycle(_ carrier: Carrier<Slot>) -> Bool {
    // The carrier may be refilled as soon as it is pushed.
    let latency = carrier.timing.latencyNanoseconds
    let freed = free.tryPush(carrier)
    gate?.leave(latency: latency)
    return freed
  }
}
