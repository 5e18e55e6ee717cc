/// PQ, SQ and RQ of a set of classes, as fractions of 1.
public struct PanopticQuality: Sendable, Equatable {
  public var pq = 0.0
  public var sq = 0.0
  public var rq = 0.0
  /// Classes that the means are over (those that occur in truth or prediction).
  public var classCount = 0

  public init(pq: Double = 0, sq: Double = 0, rq: Double = 0, classCount: Int = 0) {
    self.pq = pq
    self.sq = sq
    self.rq = rq
    self.classCount = classCount
  }
}

/// One class's counts and figures.
public struct ClassQuality: Sendable, Equatable {
  public var truePositives = 0
  public var falsePositives = 0
  public var falseNegatives = 0
  /// Sum of the matches' IoU.
  public var iouSum = 0.0
  public var pq = 0.0
  public var sq = 0.0
  public var rq = 0.0
  /// Parsing covering; nil where the truth has none of this class.
  public var pc: Double?
  /// Semantic IoU; nil where neither truth nor prediction has any of this class.
  public var iou: Double?

  /// Whether PQ's means count this class.
  public var occurs: Bool { truePositives + falsePositives + falseNegatives > 0 }
}

/// All that `dlvideo eval` prints.
public struct PanopticScores: Sendable {
  public var all = PanopticQuality()
  public var things = PanopticQuality()
  public var stuff = PanopticQuality()
  /// Parsing covering, mean over the classes that occur in the truth.
  public var pc = 0.0
  /// Mean IoU of the semantic labels, over the classes that occur.
  public var miou = 0.0
  /// In the order of the classes.
  public var perClass: [(category: ClassInfo, quality: ClassQuality)] = []
}
