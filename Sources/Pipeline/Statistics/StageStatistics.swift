/// What a stage did: a value, made by `PipelineStatistics.stages()` or found in a `RunSummary`.
public struct StageStatistics: Sendable, Codable, Equatable {
  /// How often and how long the stage waited for one cause.
  public struct Waits: Sendable, Codable, Hashable {
    public let count: UInt64
    public let nanoseconds: UInt64
  }

  public let name: String
  /// Time of its work on each frame.
  public let durations: Histogram
  /// Waits for a frame to come. A source waits inside its own work instead.
  public let waitsForInput: Waits
  /// Waits for room downstream. For the source: for a free slot, too. For the first stage of a live
  /// pipeline: for the frames in flight to get fewer.
  public let waitsForRoom: Waits
  /// `fullness[n]`: how often the stage found `n` frames waiting before it when it came for one.
  public let fullness: [UInt64]
  /// CPU time of the stage's own thread; the work of shared worker threads is not in it.
  public let cpuNanoseconds: UInt64
  /// How long the stage's thread has lived.
  public let threadNanoseconds: UInt64

  /// Frames it ended.
  public var frames: UInt64 { durations.count }
  /// Time it was at work, in nanoseconds.
  public var busyNanoseconds: UInt64 { durations.sum }

  /// The part of its life the stage was at work (0...1).
  public var utilization: Double {
    threadNanoseconds == 0 ? 0 : min(1, Double(busyNanoseconds) / Double(threadNanoseconds))
  }

  /// The part of its life the stage's own thread was on a core (0...1).
  public var occupancy: Double {
    threadNanoseconds == 0 ? 0 : min(1, Double(cpuNanoseconds) / Double(threadNanoseconds))
  }

  /// Mean number of frames it found waiting.
  public var meanFullness: Double {
    let samples = fullness.reduce(0, +)
    guard samples > 0 else { return 0 }
    let sum = fullness.enumerated().reduce(0) { $0 + Double($1.offset) * Double($1.element) }
    return sum / Double(samples)
  }
}
