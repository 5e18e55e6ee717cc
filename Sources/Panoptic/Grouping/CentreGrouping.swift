import CKernels

/// Panoptic-DeepLab's grouping (arXiv 1911.10194): the heatmap's local maxima are centres, each
/// thing cell goes to the centre nearest to where its offset points.
///
/// It reads keypoint 4, the centre of mass, of the same heads that DeeperLab's grouping reads:
/// heatmap channel 4 and the long-range offsets of keypoint 4.
final class CentreGrouping: Grouping, @unchecked Sendable {
  private static let centre = 4

  private let height: Int
  private let width: Int
  private let reach: Int
  private let leastLogit: Float
  private let maximum: Int
  private let things: ThingCells
  private let completion: InstanceCompletion
  /// Local maxima as sort keys: the logit's order above, the complement of the cell below.
  private let maxima: FixedBuffer<UInt64>
  private let centresX: FixedBuffer<Float>
  private let centresY: FixedBuffer<Float>
  private let kernels = ck_panoptic(ck_isa_active())!.pointee

  init(
    classes: [ClassInfo], headHeight: Int, headWidth: Int, parameters: GroupingParameters
  ) {
    height = headHeight
    width = headWidth
    reach = Int(parameters.centreWindow) / 2
    let threshold = parameters.centreThreshold
    leastLogit = logit(threshold)
    maximum = min(Int(parameters.maximumCentres), InstanceSet.capacity)
    things = ThingCells(
      classes: classes, height: headHeight, width: headWidth, parameters: parameters)
    completion = InstanceCompletion(
      classes: classes, headHeight: headHeight, headWidth: headWidth, parameters: parameters)
    maxima = FixedBuffer(repeating: 0, count: headHeight * headWidth)
    centresX = FixedBuffer(repeating: 0, count: maximum + 16)
    centresY = FixedBuffer(repeating: 0, count: maximum + 16)
  }

  func group(_ heads: HeadMaps, into set: InstanceSet) {
    things.find(in: heads.semantic, into: set)
    set.begin()
    let count = min(findMaxima(heads.keypointHeatmap), maximum)
    for n in 0..<count { addCentre(n, set) }
    assign(heads.longRange, to: set, count: count)
    completion.complete(set, things)
  }

  /// Fills `maxima`, best first, the first in row order where equal.
  private func findMaxima(_ heatmap: FeatureMap) -> Int {
    var count = 0
    for i in 0..<height {
      for j in 0..<width {
        let value = heatmap.cell(i, j)[Self.centre]
        guard value >= leastLogit, isMaximum(value, i, j, heatmap) else { continue }
        maxima.base[count] = UInt64(value.ascendingBits) << 32 | UInt64(~UInt32(i * width + j))
        count += 1
      }
    }
    maxima.sortDescending(count: count)
    return count
  }

  /// Whether nothing in the window is greater, nor anything before it equal.
  private func isMaximum(_ value: Float, _ i: Int, _ j: Int, _ heatmap: FeatureMap) -> Bool {
    for r in max(i - reach, 0)...min(i + reach, height - 1) {
      for c in max(j - reach, 0)...min(j + reach, width - 1) {
        let other = heatmap.cell(r, c)[Self.centre]
        if other > value { return false }
        if other == value, r < i || (r == i && c < j) { return false }
      }
    }
    return true
  }

  private func addCentre(_ n: Int, _ set: InstanceSet) {
    let cell = Int(~UInt32(truncatingIfNeeded: maxima.base[n]))
    var instance = InstanceSet.Instance()
    instance.x[Self.centre] = Float(4 * (cell % width)) + 1.5
    instance.y[Self.centre] = Float(4 * (cell / width)) + 1.5
    instance.score = sigmoid(Float(ascendingBits: UInt32(maxima.base[n] >> 32)))
    centresX.base[n] = instance.x[Self.centre]
    centresY.base[n] = instance.y[Self.centre]
    set.instances.append(instance)
  }

  private func assign(_ offsets: FeatureMap, to set: InstanceSet, count: Int) {
    guard count > 0 else { return }
    for n in 0..<things.count {
      let cell = Int(things.cells.base[n])
      let offset = offsets.cell(cell / width, cell % width) + 2 * Self.centre
      let x = Float(4 * (cell % width)) + 1.5 + offset[0]
      let y = Float(4 * (cell / width)) + 1.5 + offset[1]
      let nearest = kernels.nearest_point(x, y, centresX.base, centresY.base, Int32(count))
      if nearest >= 0 { set.cellInstance[cell] = UInt16(nearest) }
    }
  }
}
