import Foundation
import Panoptic
import Testing

/// Agreement with `Tools/panoptic/metrics_reference.py` on random maps, to 1e-6.
@Suite struct MetricsReferenceTests {
  private struct Case: Decodable {
    struct Category: Decodable { var id: Int, isthing: Int }
    struct Segment: Decodable { var id: UInt32, category: Int, iscrowd: Int }
    struct Pair: Decodable {
      var truth: [UInt32]
      var truthSegments: [Segment]
      var prediction: [UInt32]
      var predictionSegments: [Segment]
    }
    struct Quality: Decodable { var pq: Double, sq: Double, rq: Double, n: Int }
    struct Scores: Decodable {
      var all: Quality, things: Quality, stuff: Quality
      var pc: Double, miou: Double
      var perClass: [String: Double]
    }
    struct STQ: Decodable { var stq: Double, aq: Double, sq: Double }
    var width: Int
    var height: Int
    var categories: [Category]
    var pairs: [Pair]
    var scores: Scores
    var vpq: Double
    var stq: STQ

    var classes: [ClassInfo] {
      categories.map { ClassInfo(id: $0.id, name: "\($0.id)", isThing: $0.isthing != 0) }
    }

    func map(_ ids: [UInt32], _ segments: [Segment]) -> LabelMap {
      LabelMap(
        width: width, height: height, ids: ids,
        segments: segments.map {
          AnnotatedSegment(id: $0.id, category: $0.category, isCrowd: $0.iscrowd != 0)
        })
    }

    var truths: [LabelMap] { pairs.map { map($0.truth, $0.truthSegments) } }
    var predictions: [LabelMap] { pairs.map { map($0.prediction, $0.predictionSegments) } }
  }

  private func cases() throws -> [Case] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/metrics", withExtension: "json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode([Case].self, from: Data(contentsOf: url))
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-6 }

  @Test func pictures() throws {
    for one in try cases() {
      var evaluator = PanopticEvaluator(classes: one.classes)
      for (truth, prediction) in zip(one.truths, one.predictions) {
        try evaluator.add(truth: truth, prediction: prediction)
      }
      let scores = evaluator.scores()
      for (a, b) in [
        (scores.all, one.scores.all), (scores.things, one.scores.things),
        (scores.stuff, one.scores.stuff),
      ] {
        #expect(isClose(a.pq, b.pq) && isClose(a.sq, b.sq) && isClose(a.rq, b.rq))
        #expect(a.classCount == b.n)
      }
      #expect(isClose(scores.pc, one.scores.pc))
      #expect(isClose(scores.miou, one.scores.miou))
      for (category, quality) in scores.perClass {
        #expect(isClose(quality.pq, one.scores.perClass["\(category.id)"] ?? -1))
      }
      #expect(scores.all.pq > 0.02 && scores.all.pq < 0.98, "a case that says something")
    }
  }

  @Test func clips() throws {
    for one in try cases() {
      var vpq = VideoPanopticEvaluator(classes: one.classes)
      try vpq.add(truth: one.truths, prediction: one.predictions)
      #expect(isClose(vpq.vpq(), one.vpq))
      var stq = SegmentationTrackingEvaluator(classes: one.classes)
      try stq.add(truth: one.truths, prediction: one.predictions)
      #expect(isClose(stq.scores().aq, one.stq.aq))
      #expect(isClose(stq.scores().sq, one.stq.sq))
      #expect(isClose(stq.scores().stq, one.stq.stq))
    }
  }
}
