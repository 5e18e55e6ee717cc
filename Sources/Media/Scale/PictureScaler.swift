import CFFmpeg

/// Scales pictures to packed RGB for the network.
public final class PictureScaler {
  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Writes `3 * width * height` bytes.
  public func scaleRGB(
    _ frame: VideoFrame, orientation: Orientation, into rgb: UnsafeMutablePointer<UInt8>
  ) throws {}
}
