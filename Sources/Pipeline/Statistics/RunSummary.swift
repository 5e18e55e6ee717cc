/// A run in numbers.
public struct RunSummary: Sendable, Codable, Equatable {
  public enum Ending: String, Sendable, Codable {
    /// The source had no more frames.
    case endOfInput
    /// `requestStop()` was called before that.
    case stopped
    /// A stage, the source or an observer threw an error.
    case failed
  }

  /// The first error of a run.
  public struct Failure: Sendable, Codable, Equatable {
    /// Name of the stage it came from.
    public let stage: String
    /// What it said.
    public let message: String
  }

  public let ending: Ending
  public let failure: Failure?
  /// Frames that went through.
  public let frames: Int
  /// Frames that were lost, at the drop point or (as told by the source) before it.
  public let droppedFrames: Int
  /// Frames that came out later than the allowed latency.
  public let lateFrames: Int
  /// From the start of the run to the end of its last thread.
  public let wallSeconds: Double
  /// Capture to the end of the last stage.
  public let latency: Histogram
  /// Source and stages, in order.
  public let stages: [StageStatistics]
  /// The run second by second.
  public let rates: [RatePoint]

  /// Frames per second over the whole run.
  public var framesPerSecond: Double { wallSeconds > 0 ? Double(frames) / wallSeconds : 0 }
}
