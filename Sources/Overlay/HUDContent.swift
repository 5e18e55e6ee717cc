/// The figures that the HUD shows for one frame.
///
/// Make one per frame slot, with the stages' names; then setting the values of the next frame
/// allocates nothing.
public struct HUDContent: Sendable {
  /// Names of the stages, in the order shown.
  public let stageNames: [String]
  /// Milliseconds each stage took for this frame (or lately), by the place in `stageNames`.
  public private(set) var stageMilliseconds: [Double]
  /// The frame's number in the input, from 0.
  public var frameNumber = 0
  /// The frame's presentation time in seconds, nil when it has none.
  public var timeSeconds: Double?
  /// Frames a second lately, nil as long as it is not known.
  public var framesPerSecond: Double?
  /// Frames dropped so far by a live source, nil for a file.
  public var droppedFrames: Int?
  /// Time from capture to now, nil for a file.
  public var latencyMilliseconds: Double?

  public init(stageNames: [String] = []) {
    self.stageNames = stageNames
    stageMilliseconds = Array(repeating: 0, count: stageNames.count)
  }

  /// Sets the time of the stage at `index` of `stageNames`.
  public mutating func setMilliseconds(_ milliseconds: Double, ofStage index: Int) {
    stageMilliseconds[index] = milliseconds
  }
}
