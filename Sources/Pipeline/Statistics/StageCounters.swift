/// What one stage's thread writes down while it runs.
package final class StageCounters: Sendable {
  private enum Field: Int, CaseIterable {
    case frames, latest, waitsForInput, inputNanoseconds, waitsForRoom, roomNanoseconds
    case cpuAtBegin, cpu, began, ended
  }

  /// The CPU clock costs a system call; once in this many frames is often enough to follow it.
  private static let framesPerCPUReading: UInt64 = 32

  let name: String
  private let fields = Counters(count: Field.allCases.count)
  private let durations = LiveHistogram()
  private let fullness: Counters

  /// - Parameter inletCapacity: how many frames the ring before the stage holds at most.
  init(name: String, inletCapacity: Int) {
    self.name = name
    fullness = Counters(count: inletCapacity + 1)
  }

  func threadBegan() {
    fields[Field.cpuAtBegin.rawValue] = MonotonicClock.threadCPUTime()
    fields[Field.began.rawValue] = MonotonicClock.now()
  }

  func threadEnded() {
    readCPU()
    fields[Field.ended.rawValue] = MonotonicClock.now()
  }

  /// A frame was ended after `nanoseconds` of work; `found` is how many stood before the stage.
  func record(nanoseconds: UInt64, waited: WaitTally, found: Int = 0) {
    durations.add(nanoseconds)
    add(1, .frames)
    fields[Field.latest.rawValue] = nanoseconds
    if waited.inputNanoseconds > 0 {
      add(1, .waitsForInput)
      add(waited.inputNanoseconds, .inputNanoseconds)
    }
    if waited.roomNanoseconds > 0 {
      add(1, .waitsForRoom)
      add(waited.roomNanoseconds, .roomNanoseconds)
    }
    fullness.add(1, at: min(found, fullness.count - 1))
    if value(.frames) % Self.framesPerCPUReading == 0 { readCPU() }
  }

  var latest: UInt64 { value(.latest) }

  func snapshot(at now: UInt64) -> StageStatistics {
    let began = value(.began)
    let ended = value(.ended)
    let end = ended == 0 ? now : ended
    return StageStatistics(
      name: name,
      durations: durations.snapshot(),
      waitsForInput: .init(count: value(.waitsForInput), nanoseconds: value(.inputNanoseconds)),
      waitsForRoom: .init(count: value(.waitsForRoom), nanoseconds: value(.roomNanoseconds)),
      fullness: fullness.values,
      cpuNanoseconds: value(.cpu),
      threadNanoseconds: began == 0 || end < began ? 0 : end - began)
  }

  /// Mean nanoseconds that measuring one frame in one stage takes: what `StageLoop` does besides
  /// work and hand-over. For the tests that bound it.
  package static func costOfMeasuring(rounds: Int) -> Double {
    let counters = StageCounters(name: "cost", inletCapacity: 4)
    let begin = MonotonicClock.now()
    for _ in 0..<rounds {
      let start = MonotonicClock.now()
      counters.record(nanoseconds: MonotonicClock.now() &- start, waited: WaitTally(), found: 1)
    }
    return Double(MonotonicClock.now() &- begin) / Double(max(1, rounds))
  }

  private func readCPU() {
    fields[Field.cpu.rawValue] = MonotonicClock.threadCPUTime() &- value(.cpuAtBegin)
  }

  private func value(_ field: Field) -> UInt64 { fields[field.rawValue] }
  private func add(_ amount: UInt64, _ field: Field) { fields.add(amount, at: field.rawValue) }
}
