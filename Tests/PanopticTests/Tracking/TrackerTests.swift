import Panoptic
import PanopticBench
import Testing

@Suite struct TrackerTests {
  /// Track ids of the things of one frame by their x, after tracking.
  private func track(
    _ tracker: Tracker, _ boxes: [(x: Double, y: Double, classIndex: Int)]
  ) -> [Int] {
    var scene = TruthScene(width: 256, height: 144)
    for box in boxes {
      scene.paint(
        .box, classIndex: box.classIndex, x: box.x, y: box.y, width: 20, height: 20)
    }
    let map = scene.panopticMap()
    tracker.update(map)
    return boxes.map { box in
      let pixel = (Int(box.y) + 10) * 256 + Int(box.x) + 10
      return map.segments[Int(map.indices[pixel])].trackID
    }
  }

  @Test func numbersStayWithMovingObjects() {
    let tracker = Tracker()
    let first = track(tracker, [(10, 20, 3), (200, 90, 4)])
    #expect(first == [1, 2] || first == [2, 1])
    for frame in 1..<12 {
      let d = Double(frame) * 6
      #expect(track(tracker, [(10 + d, 20, 3), (200 - d, 90, 4)]) == first)
    }
  }

  @Test func objectsThatCrossKeepTheirNumbers() {
    let tracker = Tracker()
    let first = track(tracker, [(20, 40, 3), (180, 64, 3)])
    for frame in 1..<20 {
      let d = Double(frame) * 8
      #expect(track(tracker, [(20 + d, 40, 3), (180 - d, 64, 3)]) == first)
    }
  }

  /// A part that is taken for an object of its own, and grows, does not take the whole's number away.
  @Test func aPassingPartLeavesTheWholeItsNumber() {
    let tracker = Tracker()
    func numbers(_ boxes: [(x: Double, width: Double)]) -> [Int] {
      var scene = TruthScene(width: 256, height: 144)
      for box in boxes {
        scene.paint(.box, classIndex: 3, x: box.x, y: 40, width: box.width, height: 40)
      }
      let map = scene.panopticMap()
      tracker.update(map)
      return boxes.map { map.segments[Int(map.indices[50 * 256 + Int($0.x) + 5])].trackID }
    }
    var x = 20.0
    var whole = 0
    for _ in 0..<20 {
      whole = numbers([(x, 80)])[0]
      x += 2
    }
    for part in [16.0, 24, 32, 40] {
      let found = numbers([(x, 80 - part), (x + 80 - part, part)])
      #expect(found[0] == whole && found[1] != whole)
      x += 2
    }
    for _ in 0..<3 {
      #expect(numbers([(x, 80)]) == [whole])
      x += 2
    }
  }

  @Test func aShortOcclusionIsSurvivedAndALongOneIsNot() {
    var parameters = Tracker.Parameters()
    parameters.patience = 5
    let tracker = Tracker(parameters: parameters)
    var x = 20.0
    var id = 0
    for _ in 0..<5 {
      id = track(tracker, [(x, 50, 3)])[0]
      x += 5
    }
    for _ in 0..<4 {
      _ = track(tracker, [])
      x += 5
    }
    #expect(track(tracker, [(x, 50, 3)]) == [id], "hidden for 4 frames, moving on")
    for _ in 0..<7 { _ = track(tracker, []) }
    #expect(tracker.rememberedCount == 0)
    #expect(track(tracker, [(x, 50, 3)]) != [id], "hidden for 7 frames")
  }

  @Test func birthsGetNewNumbersAndStuffHasNone() {
    let tracker = Tracker()
    let one = track(tracker, [(20, 20, 3)])
    let two = track(tracker, [(20, 20, 3), (100, 60, 3)])
    #expect(two[0] == one[0] && two[1] != one[0] && two[1] != 0)
    let map = TruthScene(width: 256, height: 144).panopticMap()
    tracker.update(map)
    #expect(map.segments.allSatisfy { $0.trackID == 0 })
  }

  @Test func aFramesWrongClassIsOutvoted() {
    let tracker = Tracker()
    var scene = TruthScene(width: 256, height: 144)
    scene.paint(.box, classIndex: 3, x: 50, y: 50, width: 30, height: 30)
    scene.paint(.box, classIndex: 4, x: 150, y: 50, width: 30, height: 30)
    for frame in 0..<8 {
      let map = scene.panopticMap(wrongClass: frame == 5 ? [1] : [])
      tracker.update(map)
      let classes = map.segments.filter(\.isThing).map(\.classIndex)
      #expect(classes.sorted() == [3, 4])
      checkInvariants(map, classes: TruthScene.classes)
    }
  }

  @Test func memoryIsBounded() {
    let tracker = Tracker()
    for frame in 0..<30 {
      // Objects that never overlap with those of other frames, class and place.
      let scene = SceneKind.scattered.scene(
        count: 150, sizes: 6...10, width: 256, height: 144, seed: UInt64(frame))
      tracker.update(scene.panopticMap())
      #expect(tracker.rememberedCount <= Tracker.capacity)
    }
  }

  @Test func identitiesOnClips() throws {
    let clip = TruthClip(objects: 8, frames: 40, speed: 6, seed: 3)
    let tracked = try TrackingTable.scores(clip, missing: 0.03, wrongClass: 0.03)
    let untracked = try TrackingTable.scores(
      clip, missing: 0.03, wrongClass: 0.03, isTracking: false)
    #expect(tracked.switches.switches <= 1)
    #expect(untracked.switches.switches >= 20, "numbers of single frames do switch")
    #expect(tracked.vpq.vpq() > 0.9)
    #expect(tracked.stq.scores().stq > 0.9)
    #expect(tracked.stq.scores().stq > untracked.stq.scores().stq + 0.1)
  }
}
