/// A camera and what it offers.
public struct Camera: Sendable {
  public struct Size: Sendable, Hashable {
    public var width: Int
    public var height: Int
    /// Frames a second, highest first; empty where the driver does not say.
    public var rates: [Rational]
  }
  public struct Format: Sendable, Hashable {
    /// The name for `?format=`: FFmpeg's ("yuyv422", "mjpeg").
    public var name: String
    public var fourCC: String
    /// The driver's own words.
    public var detail: String
    public var sizes: [Size]
  }
  public var path: String
  public var name: String
  public var driver: String
  public var formats: [Format]
}

/// The cameras of this machine.
public enum CameraList {
  public static func cameras() -> [Camera] { [] }
}
