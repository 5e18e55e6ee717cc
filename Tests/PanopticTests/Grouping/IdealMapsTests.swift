import Panoptic
import PanopticBench
import Testing

/// Ideal maps in, truth out: the corner points of `PanopticBench ideal`.
@Suite struct IdealMapsTests {
  @Test(arguments: [
    IdealTable.Row(kind: .single, count: 1, sizes: 6...6, scenes: 2),
    IdealTable.Row(kind: .single, count: 1, sizes: 500...500, scenes: 1),
    IdealTable.Row(kind: .scattered, count: 20, sizes: 6...200, scenes: 1),
    IdealTable.Row(kind: .scattered, count: 200, sizes: 6...24, scenes: 1),
    IdealTable.Row(kind: .touching, count: 200, sizes: 18...26, scenes: 1),
    IdealTable.Row(kind: .nested, count: 6, sizes: 60...160, scenes: 1),
    IdealTable.Row(kind: .occluded, count: 12, sizes: 40...120, scenes: 3),
    IdealTable.Row(kind: .cut, count: 16, sizes: 20...120, scenes: 1),
  ])
  func perfectHeadsGiveTheTruth(_ row: IdealTable.Row) throws {
    let scores = try IdealTable.scores(row)
    #expect(scores.things.pq >= 0.98)
    #expect(scores.stuff.pq >= 0.98)
    #expect(scores.things.classCount > 0)
  }

  @Test func qualityFallsSmoothlyWithNoise() throws {
    var row = IdealTable.noisy
    row = IdealTable.Row(kind: row.kind, count: row.count, sizes: row.sizes, scenes: 1)
    let curve = try [0.0, 1, 2, 4, 6].map { try IdealTable.scores(row, noise: $0).things.pq }
    #expect(curve[0] >= 0.98)
    for (less, more) in zip(curve, curve.dropFirst()) {
      #expect(more <= less + 0.02, "more noise does not help: \(curve)")
      #expect(more >= less - 0.15, "no cliff: \(curve)")
    }
    #expect(curve[4] >= 0.7, "6 pixels of noise: \(curve)")
  }

  @Test func centresAndOffsetsSuffice() throws {
    let row = IdealTable.Row(kind: .scattered, count: 20, sizes: 30...100, scenes: 1)
    let scores = try IdealTable.scores(row, decoding: .panopticDeepLab)
    #expect(scores.things.pq >= 0.98)
  }

  @Test func bothDecodingsReadTheSameHeads() throws {
    // Disks, as DeeperLab's training draws them, with the noise that real plateaus have.
    let scene = SceneKind.scattered.scene(count: 8, sizes: 40...90, seed: 4)
    let heads = IdealHeads.make(scene, radius: 8)
    IdealHeads.addNoise(pixels: 0.5, logits: 0.5, to: heads, seed: 1)
    for decoding in Decoding.allCases {
      let map = IdealTable.decode(
        heads, decoding: decoding, parameters: GroupingParameters(keypointRadius: 8))
      #expect(map.segments.count { $0.isThing } == scene.visibleInstances.count)
    }
  }

  @Test func pixelsAndSegmentsFitTogether() {
    let scene = SceneKind.scattered.scene(count: 60, sizes: 6...60, seed: 8)
    let heads = IdealHeads.make(scene, radius: 8)
    IdealHeads.addNoise(pixels: 5, logits: 3, to: heads, seed: 2)
    for decoding in Decoding.allCases {
      let map = IdealTable.decode(
        heads, decoding: decoding, parameters: GroupingParameters(keypointRadius: 8))
      checkInvariants(map, classes: TruthScene.classes)
    }
  }
}

/// Every pixel has a segment; areas and boxes are the pixels'; things are numbered 1, 2, ... in
/// their class; a stuff class is one segment.
func checkInvariants(_ map: PanopticMap, classes: [ClassInfo]) {
  var areas = [Int](repeating: 0, count: map.segments.count)
  var boxes = [(left: Int, top: Int, right: Int, bottom: Int)](
    repeating: (.max, .max, -1, -1), count: map.segments.count)
  for y in 0..<map.height {
    for x in 0..<map.width {
      let place = Int(map.indices[y * map.width + x])
      guard place < areas.count else {
        Issue.record("pixel (\(x), \(y)) has no segment")
        return
      }
      areas[place] += 1
      let box = boxes[place]
      boxes[place] = (
        min(box.left, x), min(box.top, y), max(box.right, x), max(box.bottom, y)
      )
    }
  }
  #expect(map.segments.map(\.area) == areas)
  for (segment, box) in zip(map.segments, boxes) {
    #expect(segment.box.x == box.left && segment.box.y == box.top)
    #expect(segment.box.width == box.right - box.left + 1)
    #expect(segment.box.height == box.bottom - box.top + 1)
    #expect(segment.isThing == classes[segment.classIndex].isThing)
    #expect(segment.score >= 0 && segment.score <= 1)
  }
  for index in classes.indices {
    let numbers = map.segments.filter { $0.classIndex == index }.map(\.instance).sorted()
    let expected = classes[index].isThing ? Array(1..<numbers.count + 1) : numbers.map { _ in 0 }
    #expect(numbers == expected)
    if !classes[index].isThing { #expect(numbers.count <= 1) }
  }
}
