import CKernels

/// Each thing cell to the instance whose keypoints are nearest to where the cell points
/// (MODEL: grouping, 4).
///
/// Distance: root mean square over the keypoints, in units of the instance's scale. An instance
/// can only be near enough if its centre alone is, so cells ask a grid of the instances whose
/// centre is within reach instead of all; the answer is the same.
final class CellAssignment: @unchecked Sendable {
  /// Side of the grid's squares in pixels.
  private static let side: Float = 16
  private static let listCapacity = 1 << 17

  private let columns: Int
  private let rows: Int
  private let limit: Float
  private let models: FixedBuffer<ck_instance>
  /// Where each square's list begins; lists hold instances in ascending order.
  private let starts: FixedBuffer<Int32>
  private let lists: FixedBuffer<UInt16>
  private let everyone: FixedBuffer<UInt16>
  private let kernels = ck_panoptic(ck_isa_active())!.pointee

  /// `distance`: the farthest that a cell may be, in scales.
  init(width: Int, height: Int, distance: Float) {
    limit = distance
    columns = Int(Float(width) / Self.side) + 1
    rows = Int(Float(height) / Self.side) + 1
    models = FixedBuffer(repeating: ck_instance(), count: InstanceSet.capacity)
    starts = FixedBuffer(repeating: 0, count: columns * rows + 2)
    lists = FixedBuffer(repeating: 0, count: Self.listCapacity)
    everyone = FixedBuffer(repeating: 0, count: InstanceSet.capacity)
    for n in 0..<everyone.count { everyone[n] = UInt16(n) }
  }

  /// `targets` of the cells of `things`.
  func assign(_ things: ThingCells, targets: CellTargets, to set: InstanceSet) {
    prepareModels(set.instances)
    let hasLists = makeLists(set.instances)
    let limitSquared = limit * limit
    for n in 0..<things.count {
      var candidates = UnsafePointer(everyone.base)
      var count = set.instances.count
      let x = targets.x(4, n) / Self.side
      let y = targets.y(4, n) / Self.side
      if hasLists, x >= 0, y >= 0, x < Float(columns), y < Float(rows) {
        let square = Int(y) * columns + Int(x)
        let start = Int(starts.base[square])
        candidates = UnsafePointer(lists.base + start)
        count = Int(starts.base[square + 1]) - start
      }
      var distance: Float = 0
      let nearest = kernels.nearest(
        targets.memory.base + n, Int32(targets.stride), models.base, candidates, Int32(count),
        &distance)
      set.cellInstance[Int(things.cells.base[n])] =
        nearest >= 0 && distance <= limitSquared ? UInt16(nearest) : InstanceSet.none
    }
  }

  private func prepareModels(_ instances: [InstanceSet.Instance]) {
    for (n, instance) in instances.enumerated() {
      var model = ck_instance()
      let scale = instance.scale
      model.inverse_scale_squared = 1 / (Float(ScoreMaps.keypoints) * scale * scale)
      model.x = (instance.x[0], instance.x[1], instance.x[2], instance.x[3], instance.x[4])
      model.y = (instance.y[0], instance.y[1], instance.y[2], instance.y[3], instance.y[4])
      models.base[n] = model
    }
  }

  /// False where the lists would not fit; then everyone is asked.
  private func makeLists(_ instances: [InstanceSet.Instance]) -> Bool {
    starts.fill(0)
    var total = 0
    for instance in instances {
      forEachSquare(near: instance) {
        starts.base[$0 + 2] += 1
        total += 1
      }
    }
    guard total <= Self.listCapacity else { return false }
    for square in 0..<(columns * rows) { starts.base[square + 2] += starts.base[square + 1] }
    // starts[s + 1] runs from the list's beginning to its end, where the next one begins.
    for (n, instance) in instances.enumerated() {
      forEachSquare(near: instance) {
        lists.base[Int(starts.base[$0 + 1])] = UInt16(n)
        starts.base[$0 + 1] += 1
      }
    }
    return true
  }

  /// The squares from which the instance's centre is within reach, a little generously.
  private func forEachSquare(near instance: InstanceSet.Instance, _ body: (Int) -> Void) {
    let reach =
      limit * instance.scale * Float(ScoreMaps.keypoints).squareRoot() * 1.001 + 0.01
    let x = instance.x[4]
    let y = instance.y[4]
    let firstColumn = clamped((x - reach) / Self.side, columns)
    let lastColumn = clamped((x + reach) / Self.side, columns)
    let firstRow = clamped((y - reach) / Self.side, rows)
    let lastRow = clamped((y + reach) / Self.side, rows)
    for row in firstRow...lastRow {
      let dy = max(Float(row) * Self.side - y, y - Float(row + 1) * Self.side, 0)
      for column in firstColumn...lastColumn {
        let dx = max(Float(column) * Self.side - x, x - Float(column + 1) * Self.side, 0)
        if dx * dx + dy * dy <= reach * reach { body(row * columns + column) }
      }
    }
  }

  private func clamped(_ v: Float, _ count: Int) -> Int {
    guard v > 0 else { return 0 }
    return v < Float(count - 1) ? Int(v) : count - 1
  }
}
