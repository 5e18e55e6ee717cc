import CFFmpeg

/// Scales decoded pictures to packed 8-bit RGB for the network, upright.
///
/// Resampling is bilinear, widened to the scale when shrinking so that nothing aliases; YUV
/// becomes RGB by the picture's own matrix and range. Nothing is allocated from one picture to
/// the next of the same geometry. For one thread at a time.
public final class PictureScaler {
  public let width: Int
  public let height: Int
  private let context = ScalerContext()
  /// The scaled picture before it is turned; made when the first turned picture comes.
  private var unturned: [UInt8] = []

  /// `width` x `height` is the size of the upright result in pixels.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Fills `rgb`: rows of `3 * width` bytes, `height` of them. Samples that are 8-bit RGB already
  /// and need no scaling come out bit for bit.
  /// - Parameter orientation: how the stored picture must be turned to stand upright.
  /// - Throws: `MediaError.internalFailure`.
  public func scaleRGB(
    _ frame: VideoFrame, orientation: Orientation, into rgb: UnsafeMutablePointer<UInt8>
  ) throws {
    if orientation == .upright {
      try scale(frame, width: width, height: height, into: rgb)
      return
    }
    let stored = orientation.uprightSize(width: width, height: height)
    if unturned.isEmpty { unturned = [UInt8](repeating: 0, count: 3 * width * height) }
    try unturned.withUnsafeMutableBufferPointer { pixels in
      try scale(frame, width: stored.width, height: stored.height, into: pixels.baseAddress!)
      turnRGB(
        pixels.baseAddress!, width: stored.width, height: stored.height, by: orientation,
        into: rgb)
    }
  }

  private func scale(
    _ frame: VideoFrame, width: Int, height: Int, into rgb: UnsafeMutablePointer<UInt8>
  ) throws {
    let isSameSize = frame.width == width && frame.height == height
    if isSameSize, frame.format.av == AV_PIX_FMT_RGB24, let plane = frame.plane(0) {
      for y in 0..<height {
        (rgb + y * 3 * width).update(
          from: (plane.base + y * plane.bytesPerRow).assumingMemoryBound(to: UInt8.self),
          count: 3 * width)
      }
      return
    }
    // The fast path averages chroma pairs; RGB sources keep their full colour resolution.
    let flags =
      frame.format.isRGB
      ? SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT
      : SWS_BILINEAR | SWS_ACCURATE_RND
    try context.prepare(
      .init(
        source: .init(frame),
        result: .init(
          width: width, height: height, format: AV_PIX_FMT_RGB24, isFullRange: true),
        matrix: frame.scalerMatrix, hasCentredChroma: frame.hasCentredChroma, flags: flags))
    var planes: UnsafeMutablePointer<UInt8>? = rgb
    var stride = Int32(3 * width)
    // RGB24 has one plane; swscale reads four entries all the same.
    try withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<UInt8>?.self, capacity: 4) { p in
      try withUnsafeTemporaryAllocation(of: Int32.self, capacity: 4) { s in
        p.initialize(repeating: nil)
        s.initialize(repeating: 0)
        swap(&p[0], &planes)
        swap(&s[0], &stride)
        try context.scale(frame, to: p.baseAddress!, strides: s.baseAddress!)
      }
    }
  }
}

/// Turns a packed RGB picture: `source` is `width` x `height`, `result` has the upright size.
func turnRGB(
  _ source: UnsafePointer<UInt8>, width: Int, height: Int, by orientation: Orientation,
  into result: UnsafeMutablePointer<UInt8>
) {
  // The source's pixel for the upright pixel (x, y), which is linear in both.
  func storedIndex(_ x: Int, _ y: Int) -> Int {
    var (column, row) =
      switch orientation.quarterTurns {
      case 0: (x, y)
      case 1: (y, height - 1 - x)
      case 2: (width - 1 - x, height - 1 - y)
      default: (width - 1 - y, x)
      }
    if orientation.isMirrored { column = width - 1 - column }
    row *= width
    return 3 * (row + column)
  }
  let upright = orientation.uprightSize(width: width, height: height)
  let origin = storedIndex(0, 0)
  let stepX = storedIndex(1, 0) - origin
  let stepY = storedIndex(0, 1) - origin
  for y in 0..<upright.height {
    var from = source + origin + y * stepY
    var to = result + y * upright.width * 3
    for _ in 0..<upright.width {
      to[0] = from[0]
      to[1] = from[1]
      to[2] = from[2]
      to += 3
      from += stepX
    }
  }
}
