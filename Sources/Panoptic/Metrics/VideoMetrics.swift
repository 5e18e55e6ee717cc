/// VPQ, video panoptic quality (arXiv 2006.11339): PQ over tubes, an object's pixels in k frames
/// on end, for windows of several lengths k; then the mean over them.
///
/// Ids must name the same object in every frame of a clip.
public struct VideoPanopticEvaluator: Sendable {
  /// Frames in a window; 1 makes it plain PQ.
  public let windows: [Int]
  private var evaluators: [PanopticEvaluator]

  public init(classes: [ClassInfo], windows: [Int] = [1, 2, 3, 4]) {
    precondition(windows.allSatisfy { $0 >= 1 }, "a window has a frame at least")
    self.windows = windows
    evaluators = windows.map { _ in PanopticEvaluator(classes: classes) }
  }

  /// Compares a clip with its truth, every window of every length.
  public mutating func add(truth: [LabelMap], prediction: [LabelMap]) throws(PanopticError) {
    guard truth.count == prediction.count else {
      throw .sizeMismatch(truth: "\(truth.count) frames of", prediction: "\(prediction.count) of")
    }
    for (n, window) in windows.enumerated() where window <= truth.count {
      for first in 0...(truth.count - window) {
        try evaluators[n].add(
          truth: LabelMap(stacking: truth[first..<first + window]),
          prediction: LabelMap(stacking: prediction[first..<first + window]))
      }
    }
  }

  /// The scores of each window length, in the order of `windows`.
  public func scoresPerWindow() -> [PanopticScores] { evaluators.map { $0.scores() } }

  /// The mean over the windows that fit into any clip.
  public func vpq() -> Double {
    let all = scoresPerWindow().map(\.all).filter { $0.classCount > 0 }.map(\.pq)
    return all.isEmpty ? 0 : all.reduce(0, +) / Double(all.count)
  }
}

extension LabelMap {
  /// Frames one below the other, as one picture: an object's pixels in it are its tube.
  init(stacking frames: ArraySlice<LabelMap>) {
    var segments: [AnnotatedSegment] = []
    var known: Set<UInt32> = []
    for segment in frames.flatMap(\.segments) where known.insert(segment.id).inserted {
      segments.append(segment)
    }
    self.init(
      width: frames.first?.width ?? 0, height: frames.reduce(0) { $0 + $1.height },
      ids: frames.flatMap(\.ids), segments: segments)
  }
}

/// STQ, segmentation and tracking quality (arXiv 2102.11859): the geometric mean of how well
/// things keep their identity (AQ) and of mIoU.
///
///     AQ = mean over truth's things g of 1/|g| * sum over predictions p of TPA(p, g) * IoU(p, g)
///
/// over all frames of a clip; crowd is left out of AQ, void of mIoU.
public struct SegmentationTrackingEvaluator: Sendable {
  public struct Scores: Sendable, Equatable {
    public var stq = 0.0
    public var aq = 0.0
    /// Mean IoU over classes.
    public var sq = 0.0

    public init(stq: Double = 0, aq: Double = 0, sq: Double = 0) {
      self.stq = stq
      self.aq = aq
      self.sq = sq
    }
  }

  private struct Pair: Hashable { var truth: UInt32, prediction: UInt32 }

  private let classes: [Int: ClassInfo]
  private var truthArea: [UInt32: Int] = [:]
  private var predictionArea: [UInt32: Int] = [:]
  private var both: [Pair: Int] = [:]
  private var semantics: PanopticEvaluator
  private var associationSum = 0.0
  private var trackCount = 0

  public init(classes: [ClassInfo]) {
    self.classes = Dictionary(classes.map { ($0.id, $0) }, uniquingKeysWith: { a, _ in a })
    semantics = PanopticEvaluator(classes: classes)
  }

  /// Compares a clip with its truth; ids name the same object in every frame of a clip.
  public mutating func add(truth: [LabelMap], prediction: [LabelMap]) throws(PanopticError) {
    guard truth.count == prediction.count else {
      throw .sizeMismatch(truth: "\(truth.count) frames of", prediction: "\(prediction.count) of")
    }
    truthArea.removeAll()
    predictionArea.removeAll()
    both.removeAll()
    for (truth, prediction) in zip(truth, prediction) {
      try semantics.add(truth: truth, prediction: prediction)
      count(truth, prediction)
    }
    addAssociations()
  }

  private mutating func count(_ truth: LabelMap, _ prediction: LabelMap) {
    let truthThings = things(truth) { !$0.isCrowd }
    let crowds = things(truth, where: \.isCrowd)
    let predictedThings = things(prediction) { _ in true }
    for (t, p) in zip(truth.ids, prediction.ids) {
      let isTruth = truthThings.contains(t)
      let isPredicted = predictedThings.contains(p) && !crowds.contains(t)
      if isTruth { truthArea[t, default: 0] += 1 }
      if isPredicted { predictionArea[p, default: 0] += 1 }
      if isTruth, isPredicted { both[Pair(truth: t, prediction: p), default: 0] += 1 }
    }
  }

  private func things(
    _ map: LabelMap, where belongs: (AnnotatedSegment) -> Bool
  ) -> Set<UInt32> {
    Set(
      map.segments.filter { classes[$0.category]?.isThing == true && belongs($0) }.map(\.id))
  }

  private mutating func addAssociations() {
    for (pair, shared) in both {
      guard let truth = truthArea[pair.truth], let prediction = predictionArea[pair.prediction]
      else { continue }
      let overlap = Double(shared) / Double(truth + prediction - shared)
      associationSum += Double(shared) * overlap / Double(truth)
    }
    trackCount += truthArea.count
  }

  public func scores() -> Scores {
    let aq = trackCount > 0 ? associationSum / Double(trackCount) : 0
    let sq = semantics.scores().miou
    return Scores(stq: (aq * sq).squareRoot(), aq: aq, sq: sq)
  }
}

/// How often tracking gives an object another number: in each frame an object of the truth has
/// the predicted thing that overlaps it with IoU > 1/2; a switch is a frame in which that has
/// another id than when the object was last matched.
public struct IdentitySwitches: Sendable {
  public private(set) var switches = 0
  /// Objects and frames that were matched at all.
  public private(set) var matches = 0
  /// Objects and frames of the truth.
  public private(set) var objects = 0
  private var lastID: [UInt32: UInt32] = [:]
  private let thingCategories: Set<Int>

  public init(classes: [ClassInfo]) {
    thingCategories = Set(classes.filter(\.isThing).map(\.id))
  }

  /// Adds the next frame of a clip.
  public mutating func add(truth: LabelMap, prediction: LabelMap) throws(PanopticError) {
    let overlaps = try Overlaps(truth: truth, prediction: prediction)
    for (t, object) in truth.segments.enumerated() where thingCategories.contains(object.category) {
      let area = overlaps.truthArea(t)
      guard area > 0 else { continue }
      objects += 1
      for (p, segment) in prediction.segments.enumerated() {
        let both = overlaps.both(t, p)
        guard thingCategories.contains(segment.category), both > 0,
          2 * both > area + overlaps.predictionArea(p) - both
        else { continue }
        matches += 1
        if let last = lastID[object.id], last != segment.id { switches += 1 }
        lastID[object.id] = segment.id
        break
      }
    }
  }
}
