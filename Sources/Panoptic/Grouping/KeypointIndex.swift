/// Which instances found so far have their keypoint k near a point: a grid of linked lists.
struct KeypointIndex {
  private let side: Float
  private let columns: Int
  private let rows: Int
  /// First instance of each bucket, by keypoint; -1 for none.
  private let heads: FixedBuffer<Int32>
  /// The next instance in the same bucket, by instance and keypoint.
  private let next: FixedBuffer<Int32>

  /// `reach`: the farthest that `contains` will be asked about, in pixels.
  init(width: Int, height: Int, reach: Float, capacity: Int) {
    side = max(reach, 1)
    columns = Int(Float(width) / side) + 1
    rows = Int(Float(height) / side) + 1
    heads = FixedBuffer(repeating: -1, count: ScoreMaps.keypoints * rows * columns)
    next = FixedBuffer(repeating: -1, count: ScoreMaps.keypoints * capacity)
  }

  func removeAll() { heads.fill(-1) }

  /// The bucket's column or row; points outside the picture count to its border's buckets.
  private func bucket(_ v: Float, _ count: Int) -> Int {
    let scaled = v / side
    guard scaled > 0 else { return 0 }
    return scaled < Float(count - 1) ? Int(scaled) : count - 1
  }

  func insert(_ instance: Int, keypoint k: Int, x: Float, y: Float) {
    let place = (k * rows + bucket(y, rows)) * columns + bucket(x, columns)
    next.base[instance * ScoreMaps.keypoints + k] = heads.base[place]
    heads.base[place] = Int32(instance)
  }

  /// Whether `matches` holds for any instance whose keypoint k may lie within reach of (x, y).
  func contains(
    keypoint k: Int, x: Float, y: Float, where matches: (Int) -> Bool
  ) -> Bool {
    let column = bucket(x, columns)
    let row = bucket(y, rows)
    for r in max(row - 1, 0)...min(row + 1, rows - 1) {
      for c in max(column - 1, 0)...min(column + 1, columns - 1) {
        var instance = heads.base[(k * rows + r) * columns + c]
        while instance >= 0 {
          if matches(Int(instance)) { return true }
          instance = next.base[Int(instance) * ScoreMaps.keypoints + k]
        }
      }
    }
    return false
  }
}
