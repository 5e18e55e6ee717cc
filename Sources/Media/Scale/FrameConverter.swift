import CFFmpeg

/// Turns decoded pictures into pictures of one size, format and range, whatever the source does
/// midway. A picture that fits already is shared, not copied.
///
/// A picture one pixel wider or higher than wanted is cut, not scaled: that is how odd sides meet
/// an encoder that takes only even ones. For one thread at a time.
public final class FrameConverter {
  public let width: Int
  public let height: Int
  public let format: PixelFormat
  /// The range that every result has; nil: each source's own.
  let isFullRange: Bool?
  private let pool: FramePool
  private let context = ScalerContext()

  public convenience init(width: Int, height: Int, format: PixelFormat) throws {
    try self.init(
      width: width, height: height, format: format,
      isFullRange: format.isFullRangeTwin ? true : nil)
  }

  init(
    width: Int, height: Int, format: PixelFormat, isFullRange: Bool?, pool: FramePool? = nil
  ) throws {
    self.width = width
    self.height = height
    self.format = format
    self.isFullRange = isFullRange
    self.pool = try pool ?? FramePool(width: width, height: height, format: format)
  }

  /// `result` becomes `source` in this converter's size and format, with its time stamps and tags.
  /// Call `result.makeWritable()` before drawing.
  /// - Throws: `MediaError.internalFailure`.
  public func convert(_ source: VideoFrame, into result: VideoFrame) throws {
    if fits(source) {
      try result.share(source)
      let frame = result.pointer
      frame.pointee.width = Int32(width)
      frame.pointee.height = Int32(height)
      // The same samples under the other of two names: yuvj420p and yuv420p tagged full range.
      frame.pointee.format = format.rawValue
      if format.isFullRangeTwin { frame.pointee.color_range = AVCOL_RANGE_JPEG }
      if source.format.isFullRangeTwin { frame.pointee.color_range = AVCOL_RANGE_JPEG }
      result.pool = pool
      return
    }
    try pool.fill(result)
    try result.copyProperties(from: source)
    retag(result, from: source)
    try context.prepare(
      .init(
        source: .init(source),
        result: .init(result),
        matrix: source.format.isRGB ? result.scalerMatrix : source.scalerMatrix,
        hasCentredChroma: source.hasCentredChroma,
        flags: flags(for: source)))
    let frame = result.pointer
    try withUnsafePointer(to: &frame.pointee.data) { data in
      try data.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 8) { data in
        try withUnsafePointer(to: &frame.pointee.linesize) { lines in
          try lines.withMemoryRebound(to: Int32.self, capacity: 8) { lines in
            try context.scale(source, to: data, strides: lines)
          }
        }
      }
    }
  }

  private func fits(_ source: VideoFrame) -> Bool {
    let isCuttable = (0...1).contains(source.width - width)
    let isCuttableDown = (0...1).contains(source.height - height)
    return isCuttable && isCuttableDown && source.format.plainTwin == format.plainTwin
      && (isFullRange == nil || isFullRange == source.isFullRange)
  }

  private func flags(for source: VideoFrame) -> Int32 {
    let isScaled = source.width != width || source.height != height
    return (isScaled ? SWS_BICUBIC : SWS_BILINEAR) | SWS_ACCURATE_RND
      | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT
  }

  /// Colour tags of a converted picture: what is in it now.
  private func retag(_ result: VideoFrame, from source: VideoFrame) {
    let frame = result.pointer
    let wasRGB = source.format.isRGB
    if format.isRGB {
      frame.pointee.colorspace = AVCOL_SPC_RGB
      frame.pointee.color_range = AVCOL_RANGE_JPEG
      return
    }
    if wasRGB {
      frame.pointee.colorspace = height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M
      frame.pointee.color_range = AVCOL_RANGE_MPEG
    }
    if let isFullRange {
      if isFullRange {
        frame.pointee.color_range = AVCOL_RANGE_JPEG
      } else if frame.pointee.color_range == AVCOL_RANGE_JPEG {
        frame.pointee.color_range = AVCOL_RANGE_MPEG
      }
    } else if source.format.isFullRangeTwin {
      frame.pointee.color_range = AVCOL_RANGE_JPEG
    }
  }
}
