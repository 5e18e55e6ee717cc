/// Why an overlay cannot be drawn.
public enum OverlayError: Error, Equatable, CustomStringConvertible {
  /// The overlay draws onto grey, planar and semi-planar YUV frames of 8 to 16 bits.
  case unsupportedFormat(String)
  /// A frame is not what the painter was made for.
  case frameMismatch(role: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .unsupportedFormat(let name):
      "cannot draw onto frames of pixel format \(name): convert them to planar YUV first"
    case .frameMismatch(let role, let expected, let found):
      "cannot draw: the \(role) frame is \(found) and should be \(expected)"
    }
  }
}
