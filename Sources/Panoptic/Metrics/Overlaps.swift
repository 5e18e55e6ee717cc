/// The areas of two label maps' segments and of all their intersections, by place in the lists
/// of segments.
struct Overlaps {
  /// Rows: truth's segments, then void, then ids that nothing describes. Columns: prediction's
  /// segments, then void.
  private let counts: [Int]
  private let columns: Int
  let truthCount: Int
  let predictionCount: Int

  init(truth: LabelMap, prediction: LabelMap) throws(PanopticError) {
    guard truth.width == prediction.width, truth.height == prediction.height else {
      throw .sizeMismatch(
        truth: "\(truth.width)x\(truth.height)",
        prediction: "\(prediction.width)x\(prediction.height)")
    }
    truthCount = truth.segments.count
    predictionCount = prediction.segments.count
    columns = predictionCount + 1
    var truthPlace = Self.places(truth)
    truthPlace[0] = truthCount
    var predictionPlace = Self.places(prediction)
    predictionPlace[0] = predictionCount

    var counts = [Int](repeating: 0, count: (truthCount + 2) * columns)
    var last: (truth: UInt32, prediction: UInt32) = (0, 0)
    var cell = truthCount * columns + predictionCount
    for (truthID, predictionID) in zip(truth.ids, prediction.ids) {
      if truthID != last.truth || predictionID != last.prediction {
        guard let column = predictionPlace[predictionID] else {
          throw .badAnnotation(
            "the prediction's picture has the id \(predictionID), which its JSON does not list")
        }
        cell = (truthPlace[truthID] ?? truthCount + 1) * columns + column
        last = (truthID, predictionID)
      }
      counts[cell] += 1
    }
    self.counts = counts
  }

  private static func places(_ map: LabelMap) -> [UInt32: Int] {
    var places: [UInt32: Int] = [:]
    for (place, segment) in map.segments.enumerated() { places[segment.id] = place }
    return places
  }

  /// Pixels of truth's segment `t` and prediction's segment `p`.
  func both(_ t: Int, _ p: Int) -> Int { counts[t * columns + p] }

  /// Pixels of prediction's segment `p` where truth is void.
  func onVoid(_ p: Int) -> Int { counts[truthCount * columns + p] }

  /// Pixels of truth's segment `t` where the prediction is void.
  func unpredicted(_ t: Int) -> Int { counts[t * columns + predictionCount] }

  func truthArea(_ t: Int) -> Int { (0..<columns).reduce(0) { $0 + counts[t * columns + $1] } }

  func predictionArea(_ p: Int) -> Int {
    (0..<truthCount + 2).reduce(0) { $0 + counts[$1 * columns + p] }
  }
}
