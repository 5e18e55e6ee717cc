/// The life of a stage as a table: what happened leads to what is to be done. It does nothing
/// itself; `StageLoop` carries the actions out.
///
///     idle -> takingInput -> working -> passingOn -+
///                 ^                                |
///                 +--------------------------------+      any of the three -> ended
package struct StageMachine: Sendable {
  package enum Ending: Sendable, Equatable {
    case inputEnded, inputFailed, workFailed, downstreamGone
  }

  package enum State: Sendable, Equatable {
    case idle, takingInput, working, passingOn
    case ended(Ending)
  }

  package enum Event: Sendable, Equatable, CaseIterable {
    case started
    case input, inputEnded, inputFailed
    case workDone, workFailed
    case passedOn, refused
  }

  package enum Action: Sendable, Equatable {
    case takeInput, work, passOn
    case end(upstream: Upstream, downstream: Downstream)
  }

  /// What the thread's end means for the stage before it.
  package enum Upstream: Sendable, Equatable { case leaveAlone, abandon }

  /// What the thread's end means for the stage behind it.
  package enum Downstream: Sendable, Equatable { case leaveAlone, close, fail }

  package private(set) var state = State.idle

  package init() {}

  /// The action to carry out after `event`, or nil if it cannot happen in this state.
  package mutating func action(after event: Event) -> Action? {
    let (next, action): (State, Action)
    switch (state, event) {
    case (.idle, .started), (.passingOn, .passedOn): (next, action) = (.takingInput, .takeInput)
    case (.takingInput, .input): (next, action) = (.working, .work)
    case (.takingInput, .inputEnded):
      (next, action) = (.ended(.inputEnded), .end(upstream: .leaveAlone, downstream: .close))
    case (.takingInput, .inputFailed):
      (next, action) = (.ended(.inputFailed), .end(upstream: .leaveAlone, downstream: .fail))
    case (.working, .workDone): (next, action) = (.passingOn, .passOn)
    case (.working, .workFailed):
      (next, action) = (.ended(.workFailed), .end(upstream: .abandon, downstream: .fail))
    case (.passingOn, .refused):
      (next, action) = (.ended(.downstreamGone), .end(upstream: .abandon, downstream: .leaveAlone))
    case (.idle, _), (.takingInput, _), (.working, _), (.passingOn, _), (.ended, _): return nil
    }
    state = next
    return action
  }
}

/// The life of the source, likewise.
///
///     idle -> takingSlot -> reading -> passingOn -+
///                 ^                               |
///                 +-------------------------------+       any of the three -> ended
package struct SourceMachine: Sendable {
  package enum Ending: Sendable, Equatable {
    case inputEnded, stopped, readFailed, downstreamGone
  }

  package enum State: Sendable, Equatable {
    case idle, takingSlot, reading, passingOn
    case ended(Ending)
  }

  package enum Event: Sendable, Equatable, CaseIterable {
    case started
    case slot, noSlotsAnyMore, stop
    case frame, inputEnded, readFailed
    case passedOn, refused
  }

  package enum Action: Sendable, Equatable {
    case takeSlot, read, passOn
    case end(downstream: StageMachine.Downstream)
  }

  package private(set) var state = State.idle

  package init() {}

  /// The action to carry out after `event`, or nil if it cannot happen in this state.
  package mutating func action(after event: Event) -> Action? {
    let (next, action): (State, Action)
    switch (state, event) {
    case (.idle, .started), (.passingOn, .passedOn): (next, action) = (.takingSlot, .takeSlot)
    case (.takingSlot, .slot): (next, action) = (.reading, .read)
    case (.takingSlot, .stop), (.reading, .stop):
      (next, action) = (.ended(.stopped), .end(downstream: .close))
    case (.takingSlot, .noSlotsAnyMore):
      (next, action) = (.ended(.downstreamGone), .end(downstream: .close))
    case (.reading, .frame): (next, action) = (.passingOn, .passOn)
    case (.reading, .inputEnded): (next, action) = (.ended(.inputEnded), .end(downstream: .close))
    case (.reading, .readFailed): (next, action) = (.ended(.readFailed), .end(downstream: .fail))
    case (.passingOn, .refused):
      (next, action) = (.ended(.downstreamGone), .end(downstream: .leaveAlone))
    case (.idle, _), (.takingSlot, _), (.reading, _), (.passingOn, _), (.ended, _): return nil
    }
    state = next
    return action
  }
}
