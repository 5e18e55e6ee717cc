import CFFmpeg

/// Encodes pictures and copies other streams into an output.
public final class MediaWriter: @unchecked Sendable {
  public let output: String
  /// The format that pictures to be written must have, and so what is drawn into.
  public let canvasFormat: PixelFormat
  /// The size that pictures to be written must have: what was asked for, or one pixel less where
  /// the encoder takes no odd sides.
  public let canvasWidth: Int
  public let canvasHeight: Int
  /// What could not be carried over, one line each.
  public let notes: [String]

  public init(
    _ output: String, from reader: MediaReader, firstFrame: VideoFrame, width: Int, height: Int,
    options: Options = Options()
  ) throws {
    throw MediaError.cannotCreate(output: output, reason: "not built yet", advice: "")
  }

  /// A writable picture of the canvas's size and format, from a pool.
  public func makeCanvas() throws -> VideoFrame { VideoFrame() }
  /// Gives `frame` writable samples of the canvas's size and format, from the pool.
  public func makeCanvas(_ frame: VideoFrame) throws {}
  /// Turns decoded pictures of a `width` x `height` source into pictures of the canvas's format.
  public func makeConverter(width: Int, height: Int) throws -> FrameConverter {
    try FrameConverter(width: width, height: height, format: canvasFormat)
  }
  public func write(_ canvas: VideoFrame) throws {}
  public func copy(_ packet: borrowing OtherPacket) throws {}
  public func finish() throws {}
  public func abandon() {}
  public var bytesWritten: Int64 { 0 }
}
