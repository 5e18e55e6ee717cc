/// Gives every thing of a video a number that it keeps from frame to frame.
public final class Tracker: @unchecked Sendable {
  public init() {}

  /// Fills in `trackID` of the map's thing segments. Call it once a frame, in order.
  public func update(_ map: PanopticMap) {}
}
