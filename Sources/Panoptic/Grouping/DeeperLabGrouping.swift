import CKernels

/// DeeperLab's grouping (MODEL: grouping): keypoints by Hough voting, instances along the
/// keypoint graph, cells to the instance whose keypoints they point at.
///
///     long-range --refine--> targets --votes--+
///     heatmap, short-range ---------votes--> ScoreMaps --peaks--> InstanceDetector
///     middle-range -------------------------------------------------^      |
///     targets -----------------> CellAssignment <---------- instances -----+
///                                      |
///                                InstanceCompletion --> InstanceSet
final class DeeperLabGrouping: Grouping, @unchecked Sendable {
  private let parameters: GroupingParameters
  private let things: ThingCells
  private let scores: ScoreMaps
  private let detector: InstanceDetector
  private let assignment: CellAssignment
  private let completion: InstanceCompletion
  private var targets: CellTargets
  private let kernels = ck_panoptic(ck_isa_active())!.pointee

  init(
    classes: [ClassInfo], headHeight: Int, headWidth: Int, parameters: GroupingParameters
  ) {
    self.parameters = parameters
    let width = 4 * headWidth
    let height = 4 * headHeight
    things = ThingCells(
      classes: classes, height: headHeight, width: headWidth, parameters: parameters)
    scores = ScoreMaps(
      headHeight: headHeight, headWidth: headWidth,
      sigma: Float(parameters.smoothing * parameters.keypointRadius))
    detector = InstanceDetector(
      width: width, height: height, binCount: scores.binCount, parameters: parameters)
    assignment = CellAssignment(
      width: width, height: height, distance: Float(parameters.assignmentDistance))
    completion = InstanceCompletion(
      classes: classes, headHeight: headHeight, headWidth: headWidth, parameters: parameters)
    targets = CellTargets(capacity: headHeight * headWidth)
  }

  func group(_ heads: HeadMaps, into set: InstanceSet) {
    things.find(in: heads.semantic, into: set)
    let short = ck_offset_field(heads.shortRange)
    refineLongRange(heads, short)
    vote(heads, short)
    set.begin()
    detector.detect(
      scores: scores, shortRange: short, middleRange: ck_offset_field(heads.middleRange),
      targets: targets, into: &set.instances)
    assignment.assign(things, targets: targets, to: set)
    completion.complete(set, things)
  }

  private func refineLongRange(_ heads: HeadMaps, _ short: ck_offset_field) {
    targets.count = things.count
    let long = ck_offset_field(heads.longRange)
    withUnsafePointer(to: long) { long in
      withUnsafePointer(to: short) { short in
        kernels.refine(
          long, short, things.cells.base, Int32(things.count), Int32(ScoreMaps.keypoints),
          Int32(parameters.refinementRounds), targets.memory.base, Int32(targets.stride))
      }
    }
  }

  private func vote(_ heads: HeadMaps, _ short: ck_offset_field) {
    let radius = Float(parameters.keypointRadius)
    let cellArea: Float = 16
    scores.clear()
    scores.castShortRange(
      heatmap: heads.keypointHeatmap, shortRange: short,
      minimum: Float(parameters.minimumVote),
      weight: Float(parameters.shortRangeWeight) * cellArea / (Float.pi * radius * radius))
    scores.castLongRange(
      targets: targets,
      weight: Float(parameters.longRangeWeight) * cellArea, minimumArea: radius * radius)
    scores.smooth()
  }
}

extension ck_offset_field {
  init(_ map: FeatureMap) {
    self.init(
      base: map.base, pixel_stride: map.pixelStride, row_stride: map.rowStride,
      height: Int32(map.height), width: Int32(map.width))
  }
}
