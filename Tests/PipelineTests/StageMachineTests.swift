import Pipeline
import Testing

@Suite struct StageMachineTests {
  @Test func aStageThatEndsClosesWhatIsBehind() {
    var machine = StageMachine()
    #expect(machine.action(after: .started) == .takeInput)
    for _ in 0..<3 {
      #expect(machine.action(after: .input) == .work)
      #expect(machine.action(after: .workDone) == .passOn)
      #expect(machine.action(after: .passedOn) == .takeInput)
    }
    #expect(machine.action(after: .inputEnded) == .end(upstream: .leaveAlone, downstream: .close))
    #expect(machine.state == .ended(.inputEnded))
  }

  @Test func aStageThatFailsStopsBothSides() {
    var machine = StageMachine()
    _ = machine.action(after: .started)
    _ = machine.action(after: .input)
    #expect(machine.action(after: .workFailed) == .end(upstream: .abandon, downstream: .fail))
  }

  /// From every state that can be reached, each event either leads on as drawn or cannot happen;
  /// nothing happens after the end.
  @Test func everyPathKeepsToTheDrawing() {
    var frontier = [StageMachine()]
    var reached: [StageMachine.State] = []
    while let machine = frontier.popLast() {
      guard !reached.contains(machine.state) else { continue }
      reached.append(machine.state)
      for event in StageMachine.Event.allCases {
        var next = machine
        guard let action = next.action(after: event) else {
          #expect(next.state == machine.state)
          continue
        }
        if case .ended = machine.state { Issue.record("\(event) after the end") }
        if case .end = action {
          if case .ended = next.state {} else { Issue.record("end while \(next.state)") }
        }
        frontier.append(next)
      }
    }
    #expect(reached.count == 8)
  }

  @Test func theSourceLikewise() {
    var frontier = [SourceMachine()]
    var reached: [SourceMachine.State] = []
    while let machine = frontier.popLast() {
      guard !reached.contains(machine.state) else { continue }
      reached.append(machine.state)
      for event in SourceMachine.Event.allCases {
        var next = machine
        guard let action = next.action(after: event) else { continue }
        if case .ended = machine.state { Issue.record("\(event) after the end") }
        if case .end = action {
          if case .ended = next.state {} else { Issue.record("end while \(next.state)") }
        }
        frontier.append(next)
      }
    }
    #expect(reached.count == 8)
  }
}
