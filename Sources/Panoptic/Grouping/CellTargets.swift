/// Where the refined long-range offsets of the thing cells point: for each cell its own idea of
/// the five keypoints of the object it belongs to, in pixels.
///
/// Keypoint by keypoint, x before y, so that kernels take many cells at once.
struct CellTargets {
  let memory: FixedBuffer<Float>
  /// Floats from one coordinate's values to the next one's.
  let stride: Int
  /// Cells of the present picture.
  var count = 0

  init(capacity: Int) {
    // Slack for kernels that write whole vectors.
    stride = capacity + 16
    memory = FixedBuffer(repeating: 0, count: 2 * ScoreMaps.keypoints * stride)
  }

  @inline(__always)
  func x(_ keypoint: Int, _ cell: Int) -> Float { memory.base[2 * keypoint * stride + cell] }

  @inline(__always)
  func y(_ keypoint: Int, _ cell: Int) -> Float { memory.base[(2 * keypoint + 1) * stride + cell] }
}
