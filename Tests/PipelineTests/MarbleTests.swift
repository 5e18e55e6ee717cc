import Pipeline
import Testing

/// Behaviours drawn as marbles, one letter a frame:
///
///     |  the end       #  a failure       x  (in a stage's row) this frame makes the stage fail
@Suite struct MarbleTests {
  struct Diagram: Sendable, CustomTestStringConvertible {
    var source: String
    var stages: [String]
    var out: String
    var testDescription: String { ([source] + stages + [out]).joined(separator: " / ") }
  }

  static let diagrams: [Diagram] = [
    // An end comes behind the frames before it.
    .init(source: "abcdefgh|", stages: ["........"], out: "abcdefgh|"),
    .init(source: "|", stages: ["."], out: "|"),
    .init(source: "a|", stages: [".", ".", "."], out: "a|"),
    // A source that fails: what was read is finished.
    .init(source: "abcd#", stages: ["....", "...."], out: "abcd#"),
    .init(source: "#", stages: ["."], out: "#"),
    // A stage that fails: the frames before are finished, that one and those behind are not.
    .init(source: "abcdefgh|", stages: ["....x"], out: "abcd#"),
    .init(source: "abcdefgh|", stages: ["x"], out: "#"),
    .init(source: "abcdefgh|", stages: [".......x", "........"], out: "abcdefg#"),
    .init(source: "abcdefgh|", stages: ["........", "..x....."], out: "ab#"),
    .init(source: "abcdefgh|", stages: ["........", "........", ".....x.."], out: "abcde#"),
    // Two stages that fail: the earlier frame decides what comes out.
    .init(source: "abcdefgh|", stages: ["......x.", "..x....."], out: "ab#"),
  ]

  @Test(arguments: diagrams, [1, 2, 5, 12])
  func endsAsDrawn(_ diagram: Diagram, slots: Int) throws {
    let out = Collector()
    let source = Array(diagram.source.unicodeScalars)
    var stages = diagram.stages.enumerated().map { index, row in
      let marks = Array(row)
      return Stage<NumberSlot>("stage \(index)") { slot, timing in
        let frame = timing.sequence
        if frame < marks.count, marks[frame] == "x" { throw Break(at: frame) }
      }
    }
    stages.append(Stage("out") { slot, _ in out.add(slot.number) })
    let pipeline = Pipeline(
      slots: makeSlots(slots),
      source: Source("source") { slot, timing in
        let letter = source[timing.sequence]
        if letter == "#" { throw Break(at: timing.sequence) }
        slot.number = Int(letter.value)
        return letter != "|"
      },
      stages: stages)
    var end = "|"
    do { try pipeline.run() } catch is Break { end = "#" }
    let letters = out.all.compactMap { Unicode.Scalar(UInt32($0)) }.map { String($0) }
    #expect(letters.joined() + end == diagram.out)
    pipeline.checkInvariants()
  }
}
