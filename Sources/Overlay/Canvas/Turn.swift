import Media

/// A rectangle of pixels.
struct PixelRect: Equatable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  var area: Int { max(width, 0) * max(height, 0) }

  func intersection(_ other: PixelRect) -> PixelRect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return PixelRect(
      x: left, y: top,
      width: max(min(x + width, other.x + other.width) - left, 0),
      height: max(min(y + height, other.y + other.height) - top, 0))
  }
}

/// Coordinates between a stored picture of `width` x `height` and the upright one.
struct Turn {
  let width: Int
  let height: Int
  let orientation: Orientation

  var uprightSize: (width: Int, height: Int) {
    orientation.uprightSize(width: width, height: height)
  }

  /// Where the stored pixel (x, y) is seen in the upright picture.
  func upright(x: Int, y: Int) -> (x: Int, y: Int) {
    let x = orientation.isMirrored ? width - 1 - x : x
    switch orientation.quarterTurns {
    case 1: return (height - 1 - y, x)
    case 2: return (width - 1 - x, height - 1 - y)
    case 3: return (y, width - 1 - x)
    default: return (x, y)
    }
  }

  /// Where the upright pixel (x, y) is stored.
  func stored(x: Int, y: Int) -> (x: Int, y: Int) {
    let turned: (x: Int, y: Int) =
      switch orientation.quarterTurns {
      case 1: (y, height - 1 - x)
      case 2: (width - 1 - x, height - 1 - y)
      case 3: (width - 1 - y, x)
      default: (x, y)
      }
    return orientation.isMirrored ? (width - 1 - turned.x, turned.y) : turned
  }

  /// Where an upright rectangle is stored.
  func stored(_ rect: PixelRect) -> PixelRect {
    let a = stored(x: rect.x, y: rect.y)
    let b = stored(x: rect.x + rect.width - 1, y: rect.y + rect.height - 1)
    return PixelRect(
      x: min(a.x, b.x), y: min(a.y, b.y), width: abs(a.x - b.x) + 1, height: abs(a.y - b.y) + 1)
  }

  /// For an array of upright rows, `rowStride` apart: the place of stored pixel (0, 0), and the
  /// steps to the next stored pixel to the right and below.
  func uprightSteps(rowStride: Int) -> (origin: Int, right: Int, down: Int) {
    func place(_ x: Int, _ y: Int) -> Int {
      let at = upright(x: x, y: y)
      return at.y * rowStride + at.x
    }
    let origin = place(0, 0)
    return (origin, place(1, 0) - origin, place(0, 1) - origin)
  }
}
