import CKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The keypoints' score maps: Hough votes, smoothed; their local maxima are the keypoints.
///
/// Bins are two pixels apart: fine enough to tell small neighbours apart, coarse enough to cost
/// little. A smoothing Gaussian of peak 1 makes a score a number of votes, so that a perfect
/// keypoint scores 1 whatever the smoothing.
final class ScoreMaps: @unchecked Sendable {
  static let keypoints = CK_KEYPOINTS
  /// Pixels between bins.
  static let spacing: Float = 2
  /// Bins around the picture in which keypoints may lie that point out of it.
  private static let reach = 4

  let maps: FixedBuffer<ck_score_map>
  private let memory: FixedBuffer<Float>
  private let scratch: FixedBuffer<Float>
  private let taps: FixedBuffer<Float>
  private let usedRows: FixedBuffer<UInt8>
  private let kernels = ck_panoptic(ck_isa_active())!.pointee

  /// Bins of one map, for sizing what holds its peaks.
  let binCount: Int
  private let guardBins: Int

  /// `sigma` in pixels.
  init(headHeight: Int, headWidth: Int, sigma: Float) {
    let sigmaBins = sigma / Self.spacing
    let radius = sigmaBins > 0 ? max(1, Int((3 * sigmaBins).rounded(.up))) : 0
    taps = FixedBuffer(repeating: 1, count: radius + 1)
    for d in 0...radius where d > 0 {
      taps[d] = expf(-Float(d * d) / (2 * sigmaBins * sigmaBins))
    }
    guardBins = max(radius, 1)
    let margin = guardBins + Self.reach
    let rows = 2 * headHeight + 2 * margin
    let columns = 2 * headWidth + 2 * margin
    let stride = (columns + 15) / 16 * 16
    binCount = rows * stride
    usedRows = FixedBuffer(repeating: 0, count: 2 * rows)
    let each = binCount + 2 * guardBins
    memory = FixedBuffer(repeating: 0, count: each * Self.keypoints)
    scratch = FixedBuffer(repeating: 0, count: each)
    maps = FixedBuffer(repeating: ck_score_map(), count: Self.keypoints)
    for k in 0..<Self.keypoints {
      maps[k] = ck_score_map(
        bins: memory.base + k * each + guardBins, rows: Int32(rows), columns: Int32(columns),
        stride: Int32(stride), margin: Int32(margin), guard: Int32(guardBins))
    }
  }

  func clear() { memory.fill(0) }

  func castShortRange(
    heatmap: FeatureMap, shortRange: ck_offset_field, minimum: Float, weight: Float
  ) {
    withUnsafePointer(to: shortRange) {
      ck_cast_short_range(
        heatmap.base, heatmap.pixelStride, heatmap.rowStride, $0, minimum, weight, maps.base)
    }
  }

  func castLongRange(targets: CellTargets, weight: Float, minimumArea: Float) {
    ck_cast_long_range(
      targets.memory.base, Int32(targets.stride), Int32(targets.count), weight, minimumArea,
      maps.base)
  }

  func smooth() {
    guard taps.count > 1 else { return }
    for k in 0..<Self.keypoints {
      kernels.smooth(
        maps.base + k, taps.base, Int32(taps.count - 1), scratch.base + guardBins,
        usedRows.base)
    }
  }

  /// The local maxima of keypoint k's map into `peaks`; returns how many.
  func findPeaks(_ k: Int, threshold: Float, into peaks: FixedBuffer<ck_peak>) -> Int {
    Int(kernels.find_peaks(maps.base + k, threshold, peaks.base, Int32(peaks.count)))
  }

  /// A peak's place between the bins, in pixels: the top of the Gaussian through its neighbours.
  func position(ofPeak bin: Int, keypoint k: Int) -> (x: Float, y: Float) {
    let map = maps.base[k]
    let stride = Int(map.stride)
    let p = map.bins + bin
    let x = Float(bin % stride - Int(map.margin)) + Self.vertex(p[-1], p[0], p[1])
    let y = Float(bin / stride - Int(map.margin)) + Self.vertex(p[-stride], p[0], p[stride])
    return (Self.spacing * x + 0.5, Self.spacing * y + 0.5)
  }

  /// Where the parabola through the logarithms of three neighbours has its top: -0.5...0.5.
  private static func vertex(_ a: Float, _ b: Float, _ c: Float) -> Float {
    let least = 1e-6 * b
    let la = logf(max(a, least))
    let lb = logf(b)
    let lc = logf(max(c, least))
    let curvature = la - 2 * lb + lc
    guard curvature < 0 else { return 0 }
    return min(max(0.5 * (la - lc) / curvature, -0.5), 0.5)
  }

  /// Keypoint k's score at (x, y), bilinear; 0 outside the map.
  func score(_ k: Int, _ x: Float, _ y: Float) -> Float {
    let map = maps.base[k]
    let u = (x - 0.5) / Self.spacing + Float(map.margin)
    let v = (y - 0.5) / Self.spacing + Float(map.margin)
    guard u >= 0, v >= 0, u < Float(map.columns - 1), v < Float(map.rows - 1) else { return 0 }
    let c = Int(u)
    let r = Int(v)
    let s = u - Float(c)
    let t = v - Float(r)
    let p = map.bins + r * Int(map.stride) + c
    let below = p + Int(map.stride)
    let top = p[0] + s * (p[1] - p[0])
    let bottom = below[0] + s * (below[1] - below[0])
    return top + t * (bottom - top)
  }
}
