import Pipeline
import Testing

/// The drop point, tick by tick. In each tick the source acts first:
///
///     source   a..z  gives this frame       |  ends        # fails
///     taker    ^     takes a frame, which leaves at once
///              (     takes a frame, which stays in flight
///              )     a frame in flight leaves
///     out      the frame taken, _ if there was none to have, | and # at the end; . did not ask
@Suite struct LiveGateTests {
  struct Diagram: Sendable, CustomTestStringConvertible {
    var drop: DropPolicy
    var places = 1
    var limit = 2
    var source: String
    var taker: String
    var out: String
    /// Frames lost before each frame taken.
    var dropped: [Int]
    var testDescription: String { "\(drop) \(places)/\(limit): \(source) / \(taker) / \(out)" }
  }

  static let diagrams: [Diagram] = [
    // Somebody always there: nothing is lost.
    .init(drop: .latest, source: "abcd|", taker: "^^^^^", out: "abcd|", dropped: [0, 0, 0, 0]),
    // A waiting frame is replaced by a newer one, and the loss is told with the next one taken.
    .init(drop: .latest, source: "abcde|", taker: "...^.^", out: "...d.e", dropped: [3, 0]),
    .init(drop: .latest, source: "abcdef|", taker: "^..^..^", out: "a..d..f", dropped: [0, 2, 1]),
    // Only as many as the limit are let in; meanwhile newer frames replace the waiting one.
    .init(
      drop: .latest, source: "abcdefg", taker: "((^^)^.", out: "ab__.f.", dropped: [0, 0, 3]),
    .init(drop: .latest, limit: 1, source: "abcd|", taker: "(^^)^", out: "a__.d", dropped: [0, 2]),
    // What waits at the end is finished, whether it ended or failed.
    .init(drop: .latest, source: "ab|...", taker: "...^^.", out: "...b|.", dropped: [1]),
    .init(drop: .latest, source: "ab#...", taker: "...^^.", out: "...b#.", dropped: [1]),
    // A burst survives in order as far as there is room; then the oldest makes way.
    .init(
      drop: .oldest, places: 3, source: "abc...", taker: "...^^^", out: "...abc",
      dropped: [0, 0, 0]
    ),
    .init(
      drop: .oldest, places: 3, source: "abcde...", taker: ".....^^^", out: ".....cde",
      dropped: [2, 0, 0]),
    .init(
      drop: .oldest, places: 2, source: "abcdef|..", taker: "..^...^^^", out: "..b...ef|",
      dropped: [1, 2, 0]),
    // Nothing is dropped (the source would wait where there is no room).
    .init(
      drop: .none, places: 3, source: "abc|...", taker: "...^^^^", out: "...abc|",
      dropped: [0, 0, 0]
    ),
  ]

  @Test(arguments: diagrams)
  func dropsAsDrawn(_ diagram: Diagram) {
    let statistics = PipelineStatistics(
      stages: [("source", 0), ("stage", 1)], maxLatencyNanoseconds: nil)
    let gate = LiveGate<NumberSlot>(
      policy: diagram.drop, places: diagram.places,
      limit: AdmissionLimit(base: diagram.limit, maxLatencyNanoseconds: nil),
      statistics: statistics)
    var free = (0..<10).map { _ in
      Carrier(slot: NumberSlot(), timing: FrameTiming(statistics: statistics))
    }
    var waited = WaitTally()
    var out = ""
    var dropped: [Int] = []
    var given = 0
    for (letter, act) in zip(diagram.source.unicodeScalars, diagram.taker) {
      switch letter {
      case ".": break
      case "|": gate.close()
      case "#": gate.fail(Break(at: 0))
      default:
        let carrier = free.removeLast()
        carrier.timing.start(sequence: given)
        carrier.slot.number = Int(letter.value)
        given += 1
        #expect(gate.offer(carrier, spares: &free, waited: &waited))
      }
      gate.checkInvariants()
      switch act {
      case "^", "(":
        if gate.wouldWait {
          out += "_"
          break
        }
        do {
          if let carrier = try gate.take(waited: &waited) {
            out.unicodeScalars.append(Unicode.Scalar(UInt32(carrier.slot.number))!)
            #expect(carrier.timing.outputIndex == dropped.count)
            dropped.append(carrier.timing.dropped)
            if act == "^" { gate.leave(latency: 0) }
          } else {
            out += "|"
          }
        } catch {
          out += "#"
        }
      case ")":
        gate.leave(latency: 0)
        out += "."
      default: out += "."
      }
      gate.checkInvariants()
    }
    #expect(out == diagram.out)
    #expect(dropped == diagram.dropped)
    #expect(statistics.framesDropped == given - out.filter(\.isLetter).count - gate.count)
    #expect(waited.inputNanoseconds == 0 && waited.roomNanoseconds == 0)
  }

  @Test func framesTooOldMakeWayForNewerOnes() {
    let statistics = PipelineStatistics(
      stages: [("source", 0), ("stage", 1)], maxLatencyNanoseconds: 1_000_000)
    let gate = LiveGate<NumberSlot>(
      policy: .oldest, places: 4, limit: AdmissionLimit(base: 1, maxLatencyNanoseconds: 1_000_000),
      statistics: statistics)
    var spares: [Carrier<NumberSlot>] = []
    var waited = WaitTally()
    let now = MonotonicClock.now()
    for (number, age) in [(0, 900_000_000), (1, 800_000_000), (2, -900_000_000)] as [(Int, Int)] {
      let carrier = Carrier(slot: NumberSlot(), timing: FrameTiming(statistics: statistics))
      carrier.timing.start(sequence: number)
      carrier.timing.captureNanoseconds = UInt64(Int(now) - age)
      #expect(gate.offer(carrier, spares: &spares, waited: &waited))
    }
    #expect(spares.map(\.timing.sequence) == [0, 1])
    #expect(gate.count == 1)
  }

  @Test func abandonedGateRefusesAndReturnsNothing() throws {
    let statistics = PipelineStatistics(
      stages: [("source", 0), ("stage", 1)], maxLatencyNanoseconds: nil)
    let gate = LiveGate<NumberSlot>(
      policy: .latest, places: 1, limit: AdmissionLimit(base: 1, maxLatencyNanoseconds: nil),
      statistics: statistics)
    var spares: [Carrier<NumberSlot>] = []
    var waited = WaitTally()
    let carrier = Carrier(slot: NumberSlot(), timing: FrameTiming(statistics: statistics))
    #expect(gate.offer(carrier, spares: &spares, waited: &waited))
    gate.abandon()
    #expect(try gate.take(waited: &waited) == nil)
    #expect(!gate.offer(carrier, spares: &spares, waited: &waited))
    gate.checkInvariants()
  }

  @Test func admissionFollowsLatency() {
    var limit = AdmissionLimit(base: 3, maxLatencyNanoseconds: 100)
    // Too late: down by one, then wait until the frames let in before have come out.
    var seen: [Int] = []
    for _ in 0..<8 {
      limit.frameLeft(latency: 150)
      seen.append(limit.current)
    }
    #expect(seen == [2, 2, 2, 2, 1, 1, 1, 1])
    // Just in time: stay. Well in time for a spell: up again.
    for _ in 0..<100 { limit.frameLeft(latency: 90) }
    #expect(limit.current == 1)
    for _ in 0..<AdmissionLimit.calmFramesToRaise { limit.frameLeft(latency: 50) }
    #expect(limit.current == 2)
    for _ in 0..<10 * AdmissionLimit.calmFramesToRaise { limit.frameLeft(latency: 50) }
    #expect(limit.current == 3)
    var free = AdmissionLimit(base: 3, maxLatencyNanoseconds: nil)
    for _ in 0..<100 { free.frameLeft(latency: .max) }
    #expect(free.current == 3)
  }
}
