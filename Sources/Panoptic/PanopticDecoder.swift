/// From the heads' maps to a panoptic map, in two stages: `group`, then `fuse`.
///
///     HeadMaps --group--> InstanceSet --fuse--> PanopticMap --> Tracker, PanopticEvaluator
///        |                                ^
///        +--------- semantic -------------+
///
/// Grouping works on cells (a quarter of the network input's sides) and finds which instance
/// each thing cell belongs to: `DeeperLabGrouping` by keypoints, `CentreGrouping` by centres.
/// `Fusion` works on pixels: the class of each, and for things the instance. All thresholds are
/// `GroupingParameters`, which a model file may carry.
///
/// Memory is taken at creation: what a stage needs for itself is the decoder's, what goes from
/// stage to stage is the frame slot's (`makeInstanceSet`, `makeMap`). Nothing is allocated per
/// frame. The two stages may run at the same time on different pictures; each by one thread at a time.
public final class PanopticDecoder: Sendable {
  /// Classes at most: a cell's is a byte.
  public static let mostClasses = 256

  public let classes: [ClassInfo]
  public let headHeight: Int
  public let headWidth: Int
  public let decoding: Decoding
  public let parameters: GroupingParameters
  private let grouping: any Grouping
  private let fusion: Fusion

  /// `classes` in the order of the semantic head's channels, at most `mostClasses`; the heads are
  /// `headHeight` x `headWidth` cells, a quarter of the network input's sides.
  public init(
    classes: [ClassInfo], headHeight: Int, headWidth: Int, parameters: GroupingParameters,
    decoding: Decoding = .deeperLab
  ) {
    precondition((1...Self.mostClasses).contains(classes.count))
    self.classes = classes
    self.headHeight = headHeight
    self.headWidth = headWidth
    self.decoding = decoding
    self.parameters = parameters
    grouping =
      switch decoding {
      case .deeperLab:
        DeeperLabGrouping(
          classes: classes, headHeight: headHeight, headWidth: headWidth, parameters: parameters)
      case .panopticDeepLab:
        CentreGrouping(
          classes: classes, headHeight: headHeight, headWidth: headWidth, parameters: parameters)
      }
    fusion = Fusion(classes: classes, headHeight: headHeight, headWidth: headWidth)
  }

  /// What a frame slot needs between the stages.
  public func makeInstanceSet() -> InstanceSet {
    InstanceSet(headHeight: headHeight, headWidth: headWidth)
  }

  /// A map of the network input's size.
  public func makeMap() -> PanopticMap {
    PanopticMap(width: 4 * headWidth, height: 4 * headHeight)
  }

  /// The grouping stage.
  public func group(_ heads: HeadMaps, into instances: InstanceSet) {
    grouping.group(heads, into: instances)
  }

  /// The fusion stage.
  public func fuse(_ heads: HeadMaps, _ instances: InstanceSet, into map: PanopticMap) {
    fusion.fuse(heads.semantic, instances, into: map)
  }
}
