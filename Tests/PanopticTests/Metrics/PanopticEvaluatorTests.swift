import Panoptic
import Testing

/// Cases that can be worked out by hand.
@Suite struct PanopticEvaluatorTests {
  static let classes = [
    ClassInfo(id: 1, name: "road", isThing: false), ClassInfo(id: 7, name: "car", isThing: true),
  ]

  /// A one-row map: an id a character, `.` for void.
  static func map(_ row: String, _ segments: [AnnotatedSegment]) -> LabelMap {
    let ids = row.map { $0 == "." ? 0 : UInt32(String($0))! }
    return LabelMap(width: ids.count, height: 1, ids: ids, segments: segments)
  }

  static func car(_ id: UInt32, isCrowd: Bool = false) -> AnnotatedSegment {
    AnnotatedSegment(id: id, category: 7, isCrowd: isCrowd)
  }

  static func road(_ id: UInt32) -> AnnotatedSegment { AnnotatedSegment(id: id, category: 1) }

  private func scores(
    _ truth: (String, [AnnotatedSegment]), _ prediction: (String, [AnnotatedSegment])
  ) throws -> PanopticScores {
    var evaluator = PanopticEvaluator(classes: Self.classes)
    try evaluator.add(
      truth: Self.map(truth.0, truth.1), prediction: Self.map(prediction.0, prediction.1))
    return evaluator.scores()
  }

  private func isClose(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) < 1e-12 } ?? false }

  @Test func perfect() throws {
    let s = try scores(
      ("1122", [Self.road(1), Self.car(2)]), ("5533", [Self.road(5), Self.car(3)]))
    #expect(s.all == PanopticQuality(pq: 1, sq: 1, rq: 1, classCount: 2))
    #expect(s.pc == 1 && s.miou == 1)
  }

  @Test func overlapsAndMisses() throws {
    // Car 2 (4 px) and 3 (2 px); predicted 2 covers 3 of 4, 4 covers 1 of 2: IoU 1/2 is no match.
    let s = try scores(
      ("11222233", [Self.road(1), Self.car(2), Self.car(3)]),
      ("11122214", [Self.road(1), Self.car(2), Self.car(4)]))
    let car = s.perClass[1].quality
    #expect(car.truePositives == 1 && car.falsePositives == 1 && car.falseNegatives == 1)
    #expect(isClose(car.pq, 0.75 / 2))
    #expect(isClose(car.sq, 0.75))
    #expect(isClose(car.rq, 0.5))
    // Road: 2 px of truth, 4 predicted: IoU 1/2, no match either.
    #expect(s.stuff.pq == 0)
    #expect(isClose(s.all.pq, 0.375 / 2))
    // PC: cars (4 * 3/4 + 2 * 1/2) / 6, road 1/2. Semantic IoU: cars 4/6, road 2/4.
    #expect(isClose(car.pc, 4.0 / 6))
    #expect(isClose(s.pc, (4.0 / 6 + 0.5) / 2))
    #expect(isClose(s.miou, (4.0 / 6 + 0.5) / 2))
  }

  @Test func voidIsNoErrorOfThePrediction() throws {
    // Car 2 spills onto void: the union leaves that out. Car 3 is on void mostly: ignored.
    let s = try scores(
      ("1122....", [Self.road(1), Self.car(2)]),
      ("11222333", [Self.road(1), Self.car(2), Self.car(3)]))
    #expect(s.all.pq == 1 && s.things.pq == 1)
    #expect(s.pc == 1 && s.miou == 1)
  }

  @Test func crowdIsNeitherFoundNorMissed() throws {
    // Car 5 lies on the crowd by 2 of 3 px; 6 by half, which is not more than half.
    let s = try scores(
      ("1122999911", [Self.road(1), Self.car(2), Self.car(9, isCrowd: true)]),
      ("1122555661", [Self.road(1), Self.car(2), Self.car(5), Self.car(6)]))
    let car = s.perClass[1].quality
    #expect(car.truePositives == 1 && car.falseNegatives == 0)
    #expect(car.falsePositives == 1)
  }

  @Test func theCrowdOfAnotherClassExcusesNothing() throws {
    let crowd = AnnotatedSegment(id: 9, category: 1, isCrowd: true)
    let s = try scores(("9992", [crowd, Self.car(2)]), ("5552", [Self.car(5), Self.car(2)]))
    #expect(s.perClass[1].quality.falsePositives == 1)
    #expect(s.perClass[0].quality.occurs == false)
  }

  @Test func meansLeaveOutClassesThatDoNotOccur() throws {
    let s = try scores(("22", [Self.car(2)]), ("22", [Self.car(2)]))
    #expect(s.all.classCount == 1 && s.all.pq == 1)
    #expect(s.stuff.classCount == 0 && s.stuff.pq == 0)
    #expect(s.perClass[0].quality.pc == nil && s.perClass[0].quality.iou == nil)
  }

  @Test func picturesAddUp() throws {
    var evaluator = PanopticEvaluator(classes: Self.classes)
    for row in ["22", "33"] {
      try evaluator.add(
        truth: Self.map("22", [Self.car(2)]),
        prediction: Self.map(row, [row == "22" ? Self.car(2) : Self.road(3)]))
    }
    let s = evaluator.scores()
    #expect(isClose(s.perClass[1].quality.pq, 1 / 1.5))
    #expect(isClose(s.all.pq, 1 / 1.5 / 2))
  }

  @Test func whatDoesNotFitIsRefused() {
    let truth = ("22", [Self.car(2)])
    #expect(throws: PanopticError.self) { try scores(truth, ("222", [Self.car(2)])) }
    #expect(throws: PanopticError.self) { try scores(truth, ("23", [Self.car(2)])) }
    #expect(throws: PanopticError.self) { try scores(truth, ("22", [Self.car(2), Self.car(3)])) }
    #expect(throws: PanopticError.unknownCategory(4)) {
      try scores(truth, ("22", [AnnotatedSegment(id: 2, category: 4)]))
    }
  }

  @Test func cocoColours() {
    let id = PanopticID.id(category: 21, instance: 7)
    #expect(id == 21007)
    #expect(PanopticID.color(id) == RGBColor(red: 15, green: 82, blue: 0))
    for id in [UInt32(0), 1, 255, 256, 200_999, 0xFFFFFF] {
      #expect(PanopticID.id(PanopticID.color(id)) == id)
    }
  }
}
