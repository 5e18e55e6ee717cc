/// How instances are read from the heads; a model file's `decoding` key holds the raw value.
public enum Decoding: String, Sendable, CaseIterable {
  /// Five keypoints, short-, middle- and long-range offsets (arXiv 1902.05093).
  case deeperLab = "deeperlab"
  /// The centre of mass and one offset to it (arXiv 1911.10194): keypoint 4 of the same heads.
  case panopticDeepLab = "panoptic-deeplab"

  /// The decoding named in a model file; without a name, DeeperLab's.
  public init(name: String?) throws(PanopticError) {
    guard let name else {
      self = .deeperLab
      return
    }
    guard let known = Decoding(rawValue: name) else { throw .unknownDecoding(name) }
    self = known
  }
}

/// Every threshold of grouping and fusion. Lengths are pixels of the network input.
///
/// A model file may carry values tuned for it in a dictionary `grouping`, by the names in
/// `all`; what it leaves out keeps its default. Sources: [paper] DeeperLab, [PersonLab]
/// 1803.08225, [P-DL] Panoptic-DeepLab, [ours] measured with `Tools/panoptic`.
public struct GroupingParameters: Sendable, Equatable {
  /// R: radius of the disks around keypoints. From the model file; 25 at 1441 px [paper].
  public var keypointRadius: Double
  /// Times that an offset is corrected by the short-range offset at its end [PersonLab: 2].
  public var refinementRounds: Double = 2
  /// Cells whose heatmap probability is below this cast no short-range vote [ours].
  public var minimumVote: Double = 0.02
  /// Weight of the short-range score map [ours].
  public var shortRangeWeight: Double = 0.75
  /// Weight of the long-range score map [ours].
  public var longRangeWeight: Double = 0.25
  /// Standard deviation of the smoothing Gaussian, as a part of R [ours].
  public var smoothing: Double = 0.35
  /// A local maximum with at least this score is a keypoint [ours]; a perfect one scores 1.
  public var keypointThreshold: Double = 0.08
  /// An instance whose keypoints' mean score is below this is no instance [ours].
  public var instanceThreshold: Double = 0.06
  /// An instance's mean score must be at least this part of its first keypoint's [ours].
  public var support: Double = 0.3
  /// A keypoint within R of the same one of an instance found before is dropped [paper]; for
  /// an instance smaller than R, within this part of its scale [ours].
  public var suppression: Double = 0.5
  /// Of two boxes that overlap by more than this IoU the lower score goes [ours].
  public var boxOverlap: Double = 0.5
  /// A pixel farther than this from every instance, in its scale, belongs to none [ours].
  public var assignmentDistance: Double = 0.5
  /// An instance with fewer pixels than this is no instance [ours].
  public var minimumArea: Double = 16
  /// Thing pixels that no instance took become one from this area on [ours]; smaller patches
  /// join the instance they touch, or else the likeliest stuff class.
  public var recoveredArea: Double = 128
  /// A stuff class whose cells cover less than this is not in the picture: its pixels are of the
  /// likeliest of the other classes [P-DL: 2048 of 2 million; here off unless a model asks for it].
  public var stuffArea: Double = 0
  /// Side of the max-pooling window, in cells of the heatmap [P-DL: 7].
  public var centreWindow: Double = 7
  /// A centre's least probability [P-DL: 0.1].
  public var centreThreshold: Double = 0.1
  /// The most centres of a picture [P-DL: 200].
  public var maximumCentres: Double = 200

  public init(keypointRadius: Double) { self.keypointRadius = keypointRadius }

  /// Reads a model file's `grouping` dictionary over the defaults; unknown names are ignored.
  /// Throws where a value is outside its range.
  public init(keypointRadius: Double, values: [String: Double]) throws(PanopticError) {
    self.init(keypointRadius: keypointRadius)
    for parameter in Self.all {
      if let value = values[parameter.name] { self[keyPath: parameter.path] = value }
    }
    for parameter in Self.all where !parameter.range.contains(self[keyPath: parameter.path]) {
      throw .badParameter(
        name: parameter.name, value: self[keyPath: parameter.path],
        allowed: "from \(parameter.range.lowerBound) to \(parameter.range.upperBound)")
    }
  }

  /// The parameters as a model file holds them.
  public var values: [String: Double] {
    Dictionary(uniqueKeysWithValues: Self.all.map { ($0.name, self[keyPath: $0.path]) })
  }
}

extension GroupingParameters {
  /// One parameter: its name in model files, where it is, and what it may be.
  public struct Parameter: Sendable {
    public let name: String
    public let path: WritableKeyPath<GroupingParameters, Double> & Sendable
    public let range: ClosedRange<Double>
  }

  /// All parameters, in the order of the struct.
  public static let all: [Parameter] = [
    Parameter(name: "keypoint_radius", path: \.keypointRadius, range: 1...512),
    Parameter(name: "refinement_rounds", path: \.refinementRounds, range: 0...16),
    Parameter(name: "minimum_vote", path: \.minimumVote, range: 0...1),
    Parameter(name: "short_range_weight", path: \.shortRangeWeight, range: 0...100),
    Parameter(name: "long_range_weight", path: \.longRangeWeight, range: 0...100),
    Parameter(name: "smoothing", path: \.smoothing, range: 0...4),
    Parameter(name: "keypoint_threshold", path: \.keypointThreshold, range: 0...100),
    Parameter(name: "instance_threshold", path: \.instanceThreshold, range: 0...100),
    Parameter(name: "support", path: \.support, range: 0...1),
    Parameter(name: "suppression", path: \.suppression, range: 0...4),
    Parameter(name: "box_overlap", path: \.boxOverlap, range: 0...1),
    Parameter(name: "assignment_distance", path: \.assignmentDistance, range: 0...16),
    Parameter(name: "minimum_area", path: \.minimumArea, range: 0...1e9),
    Parameter(name: "recovered_area", path: \.recoveredArea, range: 0...1e9),
    Parameter(name: "stuff_area", path: \.stuffArea, range: 0...1e9),
    Parameter(name: "centre_window", path: \.centreWindow, range: 1...63),
    Parameter(name: "centre_threshold", path: \.centreThreshold, range: 0...1),
    Parameter(name: "maximum_centres", path: \.maximumCentres, range: 1...1024),
  ]
}
