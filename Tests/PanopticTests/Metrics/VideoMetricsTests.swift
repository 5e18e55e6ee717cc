import Panoptic
import Testing

/// Clips of two frames that can be worked out by hand.
@Suite struct VideoMetricsTests {
  private typealias Maps = PanopticEvaluatorTests
  private let truth = [
    Maps.map("1122", [Maps.road(1), Maps.car(2)]), Maps.map("1122", [Maps.road(1), Maps.car(2)]),
  ]
  /// The car gets another number in the second frame.
  private let switched = [
    Maps.map("1122", [Maps.road(1), Maps.car(2)]), Maps.map("1133", [Maps.road(1), Maps.car(3)]),
  ]

  @Test func aSwitchCostsVideoQualityOnly() throws {
    var vpq = VideoPanopticEvaluator(classes: Maps.classes, windows: [1, 2])
    try vpq.add(truth: truth, prediction: switched)
    // One frame: all right. Two: the car's tube of 4 has halves of IoU 1/2: no match, so 2 FP
    // and 1 FN; the road's is right.
    #expect(vpq.scoresPerWindow().map(\.all.pq) == [1, 0.5])
    #expect(vpq.vpq() == 0.75)
  }

  @Test func aSwitchHalvesAssociation() throws {
    var stq = SegmentationTrackingEvaluator(classes: Maps.classes)
    try stq.add(truth: truth, prediction: switched)
    // 1/4 * (2 * 2/4 + 2 * 2/4)
    #expect(stq.scores().aq == 0.5)
    #expect(stq.scores().sq == 1)
    #expect(stq.scores().stq == 0.5.squareRoot())
  }

  @Test func perfectClips() throws {
    var vpq = VideoPanopticEvaluator(classes: Maps.classes)
    var stq = SegmentationTrackingEvaluator(classes: Maps.classes)
    // Windows longer than the clip have no say.
    var short = VideoPanopticEvaluator(classes: Maps.classes)
    try vpq.add(truth: truth + truth, prediction: truth + truth)
    try short.add(truth: truth, prediction: truth)
    try stq.add(truth: truth, prediction: truth)
    #expect(vpq.vpq() == 1 && short.vpq() == 1)
    #expect(stq.scores() == .init(stq: 1, aq: 1, sq: 1))
  }

  @Test func crowdIsLeftOutOfAssociation() throws {
    var stq = SegmentationTrackingEvaluator(classes: Maps.classes)
    try stq.add(
      truth: [Maps.map("2299", [Maps.car(2), Maps.car(9, isCrowd: true)])],
      prediction: [Maps.map("2222", [Maps.car(2)])])
    #expect(stq.scores().aq == 1)
  }

  @Test func switchesAreCounted() throws {
    var switches = IdentitySwitches(classes: Maps.classes)
    for (truth, prediction) in zip(truth + truth, switched + switched) {
      try switches.add(truth: truth, prediction: prediction)
    }
    // 2, 3, 2, 3
    #expect(switches.switches == 3)
    #expect(switches.matches == 4 && switches.objects == 4)
  }

  @Test func clipsMustBeEquallyLong() {
    var vpq = VideoPanopticEvaluator(classes: Maps.classes)
    #expect(throws: PanopticError.self) {
      try vpq.add(truth: truth, prediction: Array(switched.dropLast()))
    }
  }
}
