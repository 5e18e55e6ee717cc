/// Adds up picture after picture, then says the scores (MODEL: metrics).
///
/// PQ, SQ and RQ as COCO's reference (`panopticapi`, `pq_compute`) defines them:
///
///     PQ = sum of IoU over matches / (TP + FP/2 + FN/2) = SQ * RQ
///
/// per class, then the mean over classes with any TP, FP or FN. Two segments of one class match
/// when their IoU exceeds 1/2; the union leaves out the prediction's pixels on void. Crowd is
/// never matched nor missed; an unmatched prediction is no false positive when more than half of
/// it lies on void and on the crowd of its class (on the last one listed, as the reference has
/// it).
///
/// PC (parsing covering, arXiv 1902.05093) is for each class the mean, weighted by area, of the
/// best IoU that a region of the truth reaches with any region of its class in the prediction;
/// areas are parts of their picture. Void and crowd are ignored: they are no regions to cover,
/// and unions leave out the prediction's pixels on them.
///
/// mIoU compares the classes of all pixels that are not void in the truth; crowd has its class.
public struct PanopticEvaluator: Sendable {
  public let classes: [ClassInfo]
  private let placeOfCategory: [Int: Int]
  private var tallies: [ClassTally]

  public init(classes: [ClassInfo]) {
    self.classes = classes
    placeOfCategory = Dictionary(
      classes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    tallies = Array(repeating: ClassTally(), count: classes.count)
  }

  /// Compares one prediction with its ground truth. Throws where the sizes differ, where a
  /// category is unknown, or where the prediction's segments and its map do not fit together.
  public mutating func add(truth: LabelMap, prediction: LabelMap) throws(PanopticError) {
    let overlaps = try Overlaps(truth: truth, prediction: prediction)
    let truthClass = try places(truth)
    let predictionClass = try places(prediction)
    for p in prediction.segments.indices where overlaps.predictionArea(p) == 0 {
      throw .badAnnotation(
        "the prediction's JSON lists the id \(prediction.segments[p].id), which its picture "
          + "does not have")
    }
    addMatches(overlaps, truth, truthClass, predictionClass)
    addCovering(overlaps, truth, truthClass, predictionClass)
    addSemantics(overlaps, truthClass, predictionClass)
  }

  private func places(_ map: LabelMap) throws(PanopticError) -> [Int] {
    var places: [Int] = []
    for segment in map.segments {
      guard let place = placeOfCategory[segment.category] else {
        throw .unknownCategory(segment.category)
      }
      places.append(place)
    }
    return places
  }

  private mutating func addMatches(
    _ overlaps: Overlaps, _ truth: LabelMap, _ truthClass: [Int], _ predictionClass: [Int]
  ) {
    var isMatched = [Bool](repeating: false, count: predictionClass.count)
    /// The last crowd of each class.
    var crowd: [Int: Int] = [:]
    for (t, segment) in truth.segments.enumerated() {
      if segment.isCrowd {
        crowd[truthClass[t]] = t
        continue
      }
      let area = overlaps.truthArea(t)
      var isFound = false
      for p in predictionClass.indices where predictionClass[p] == truthClass[t] {
        let both = overlaps.both(t, p)
        let union = overlaps.predictionArea(p) + area - both - overlaps.onVoid(p)
        // IoU > 1/2, in whole numbers.
        guard both > 0, 2 * both > union else { continue }
        isFound = true
        isMatched[p] = true
        tallies[truthClass[t]].truePositives += 1
        tallies[truthClass[t]].iouSum += Double(both) / Double(union)
      }
      if !isFound { tallies[truthClass[t]].falseNegatives += 1 }
    }
    for (p, isMatched) in isMatched.enumerated() where !isMatched {
      var ignored = overlaps.onVoid(p)
      if let t = crowd[predictionClass[p]] { ignored += overlaps.both(t, p) }
      if 2 * ignored <= overlaps.predictionArea(p) {
        tallies[predictionClass[p]].falsePositives += 1
      }
    }
  }

  private mutating func addCovering(
    _ overlaps: Overlaps, _ truth: LabelMap, _ truthClass: [Int], _ predictionClass: [Int]
  ) {
    let crowds = truth.segments.indices.filter { truth.segments[$0].isCrowd }
    let counted = predictionClass.indices.map { p in
      crowds.reduce(overlaps.predictionArea(p) - overlaps.onVoid(p)) { $0 - overlaps.both($1, p) }
    }
    let pictureArea = Double(truth.width * truth.height)
    for (t, segment) in truth.segments.enumerated() where !segment.isCrowd {
      let area = overlaps.truthArea(t)
      var best = 0.0
      for p in predictionClass.indices where predictionClass[p] == truthClass[t] {
        let both = overlaps.both(t, p)
        if both > 0 { best = max(best, Double(both) / Double(area + counted[p] - both)) }
      }
      tallies[truthClass[t]].area += Double(area) / pictureArea
      tallies[truthClass[t]].covered += Double(area) / pictureArea * best
    }
  }

  private mutating func addSemantics(
    _ overlaps: Overlaps, _ truthClass: [Int], _ predictionClass: [Int]
  ) {
    for t in truthClass.indices {
      tallies[truthClass[t]].truthPixels += overlaps.truthArea(t)
      for p in predictionClass.indices {
        let both = overlaps.both(t, p)
        tallies[predictionClass[p]].predictedPixels += both
        if truthClass[t] == predictionClass[p] { tallies[truthClass[t]].agreeingPixels += both }
      }
    }
  }

  /// The scores of all that was added.
  public func scores() -> PanopticScores {
    var scores = PanopticScores()
    scores.perClass = zip(classes, tallies).map { ($0, $1.quality) }
    scores.all = mean(scores) { _ in true }
    scores.things = mean(scores) { $0.isThing }
    scores.stuff = mean(scores) { !$0.isThing }
    scores.pc = Self.mean(scores.perClass.compactMap(\.quality.pc))
    scores.miou = Self.mean(scores.perClass.compactMap(\.quality.iou))
    return scores
  }

  private func mean(
    _ scores: PanopticScores, of belongs: (ClassInfo) -> Bool
  ) -> PanopticQuality {
    let occurring = scores.perClass.filter { belongs($0.category) && $0.quality.occurs }
      .map(\.quality)
    return PanopticQuality(
      pq: Self.mean(occurring.map(\.pq)), sq: Self.mean(occurring.map(\.sq)),
      rq: Self.mean(occurring.map(\.rq)), classCount: occurring.count)
  }

  /// 0 of nothing.
  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }
}

/// What is counted for one class.
struct ClassTally: Sendable {
  var truePositives = 0
  var falsePositives = 0
  var falseNegatives = 0
  var iouSum = 0.0
  /// Sums over the truth's regions, as parts of their pictures.
  var area = 0.0
  var covered = 0.0
  var truthPixels = 0
  var predictedPixels = 0
  var agreeingPixels = 0

  var quality: ClassQuality {
    var quality = ClassQuality()
    quality.truePositives = truePositives
    quality.falsePositives = falsePositives
    quality.falseNegatives = falseNegatives
    quality.iouSum = iouSum
    let weight = Double(truePositives) + 0.5 * Double(falsePositives + falseNegatives)
    quality.pq = weight > 0 ? iouSum / weight : 0
    quality.sq = truePositives > 0 ? iouSum / Double(truePositives) : 0
    quality.rq = weight > 0 ? Double(truePositives) / weight : 0
    quality.pc = area > 0 ? covered / area : nil
    let union = truthPixels + predictedPixels - agreeingPixels
    quality.iou = union > 0 ? Double(agreeingPixels) / Double(union) : nil
    return quality
  }
}
