import Panoptic
import PanopticBench
import SeededRandom
import Testing

@Suite struct FusionTests {
  private static let classes = [
    ClassInfo(id: 1, name: "road", isThing: false), ClassInfo(id: 2, name: "sky", isThing: false),
    ClassInfo(id: 3, name: "car", isThing: true), ClassInfo(id: 4, name: "bus", isThing: true),
  ]

  private func decode(
    _ classes: [ClassInfo], _ heads: HeadBuffers, values: [String: Double] = [:]
  ) throws -> PanopticMap {
    let decoder = PanopticDecoder(
      classes: classes, headHeight: heads.height, headWidth: heads.width,
      parameters: try GroupingParameters(keypointRadius: 8, values: values))
    let set = decoder.makeInstanceSet()
    let map = decoder.makeMap()
    decoder.group(heads.maps, into: set)
    decoder.fuse(heads.maps, set, into: map)
    return map
  }

  /// Heads without keypoints, whose classes are given per cell and whose offsets lead nowhere.
  private func heads(
    _ rows: [[Int]], classCount: Int, high: Float = 4
  ) -> HeadBuffers {
    let heads = HeadBuffers(height: rows.count, width: rows[0].count, classCount: classCount)
    for n in heads.values(.heatmap).indices { heads.values(.heatmap)[n] = -8 }
    for n in heads.values(.longRange).indices { heads.values(.longRange)[n] = 5000 }
    for (i, row) in rows.enumerated() {
      for (j, c) in row.enumerated() { heads.cell(.semantic, i, j)[c] = high }
    }
    return heads
  }

  @Test func objectsWithoutKeypointsAreStillShown() throws {
    var rows = [[Int]](repeating: [Int](repeating: 0, count: 12), count: 8)
    for i in 2..<6 { for j in 3..<8 { rows[i][j] = 2 } }
    let map = try decode(Self.classes, heads(rows, classCount: 4))
    checkInvariants(map, classes: Self.classes)
    let things = map.segments.filter(\.isThing)
    #expect(things.count == 1)
    #expect(things.first?.classIndex == 2)
    #expect(things.first?.area ?? 0 > 12 * 16)
  }

  @Test func aLonelySpeckBecomesTheLikeliestStuff() throws {
    var rows = [[Int]](repeating: [Int](repeating: 0, count: 12), count: 8)
    rows[3][5] = 2
    let heads = heads(rows, classCount: 4)
    heads.cell(.semantic, 3, 5)[1] = 3
    let map = try decode(Self.classes, heads)
    #expect(map.segments.allSatisfy { !$0.isThing })
    let centre = Int(map.indices[14 * map.width + 22])
    #expect(map.segments[centre].classIndex == 1)
  }

  @Test func equalLogitsGiveTheLowerClass() throws {
    let heads = heads([[1, 1], [1, 1]], classCount: 4)
    for i in 0..<2 { for j in 0..<2 { heads.cell(.semantic, i, j)[0] = 4 } }
    let map = try decode(Self.classes, heads)
    #expect(map.segments.map(\.classIndex) == [0])
    #expect(map.segments[0].area == 64)
  }

  @Test func aWorldOfThingsHasNoVoid() throws {
    let classes = [
      ClassInfo(id: 1, name: "car", isThing: true), ClassInfo(id: 2, name: "bus", isThing: true),
    ]
    let rows = (0..<6).map { i in (0..<6).map { j in (i + j) % 2 } }
    let map = try decode(classes, heads(rows, classCount: 2))
    checkInvariants(map, classes: classes)
    #expect(map.segments.allSatisfy { $0.isThing })
  }

  @Test func borderLiesWhereTheLogitsCross() throws {
    // Cells at 1.5, 5.5, 9.5, ...: the logits cross half way between 5.5 and 9.5.
    let rows = [[Int]](repeating: [0, 0, 1, 1], count: 2)
    let map = try decode(Self.classes, heads(rows, classCount: 4))
    let row = (0..<16).map { map.segments[Int(map.indices[$0])].classIndex }
    #expect(row == Array(repeating: 0, count: 8) + Array(repeating: 1, count: 8))
  }

  @Test func garbageNeverBreaksIt() throws {
    let heads = heads([[Int]](repeating: [2, 3, 0, 2, 2], count: 4), classCount: 4)
    var random = SplitMix(seed: 3)
    let bad: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, 0]
    for head in HeadBuffers.Head.allCases where head != .semantic {
      for n in heads.values(head).indices { heads.values(head)[n] = bad[Int(random.next() % 6)] }
    }
    for n in heads.values(.semantic).indices where random.next() % 4 == 0 {
      heads.values(.semantic)[n] = bad[Int(random.next() % 6)]
    }
    for decoding in Decoding.allCases {
      let decoder = PanopticDecoder(
        classes: Self.classes, headHeight: 4, headWidth: 5,
        parameters: GroupingParameters(keypointRadius: 8), decoding: decoding)
      let set = decoder.makeInstanceSet()
      let map = decoder.makeMap()
      decoder.group(heads.maps, into: set)
      decoder.fuse(heads.maps, set, into: map)
      #expect(map.segments.reduce(0) { $0 + $1.area } == 320)
    }
  }
}
