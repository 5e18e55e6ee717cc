/// How the stored picture must be turned to stand upright (a display matrix reduced to the
/// eight right-angled cases). Coordinates: x to the right, y down.
public struct Orientation: Equatable, Sendable {
  /// Clockwise quarter turns applied to the stored picture, 0...3, after the mirroring.
  public var quarterTurns: Int
  /// Mirrored left to right before turning.
  public var isMirrored: Bool

  public static let upright = Orientation(quarterTurns: 0, isMirrored: false)

  public init(quarterTurns: Int, isMirrored: Bool) {
    self.quarterTurns = ((quarterTurns % 4) + 4) % 4
    self.isMirrored = isMirrored
  }

  /// The upright picture's sides for a stored picture of the given sides.
  public func uprightSize(width: Int, height: Int) -> (width: Int, height: Int) {
    quarterTurns % 2 == 0 ? (width, height) : (height, width)
  }
}
