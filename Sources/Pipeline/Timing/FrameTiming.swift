/// The clock of one frame: when each stage began and ended it.
///
/// There is one per slot, made before the first frame and used again; it travels with the slot and
/// belongs to the thread that holds it. Stages and observers read it, the pipeline writes it.
public final class FrameTiming: @unchecked Sendable {
  struct Span {
    var begin: UInt64 = 0
    var end: UInt64 = 0
    var waitedForInput: UInt64 = 0
    var waitedForRoom: UInt64 = 0
    var found = 0
    var hasRun = false
  }

  /// Names of source and stages, in order; index 0 is the source.
  public let stageNames: [String]
  /// Number of the frame as the source gave it, from 0; frames dropped later have one too.
  public internal(set) var sequence = 0
  /// Number of the frame among those that went through, from 0.
  public internal(set) var outputIndex = 0
  /// Frames lost between the frame that went through before this one and this one.
  public internal(set) var dropped = 0
  /// When the picture was taken, on `MonotonicClock`. The source may set it. Otherwise it is when
  /// the source began to read the frame (files) or had it (live sources).
  public var captureNanoseconds: UInt64 = 0

  var spans: [Span]
  private let statistics: PipelineStatistics

  package init(statistics: PipelineStatistics) {
    self.statistics = statistics
    stageNames = statistics.stageNames
    spans = Array(repeating: Span(), count: statistics.stageNames.count)
  }

  /// Nanoseconds that stage `index` took for this frame; for a stage that has not ended it yet,
  /// what it took for the latest frame it did end (0 before the first).
  public func nanoseconds(stage index: Int) -> UInt64 {
    let span = spans[index]
    return span.hasRun ? span.end &- span.begin : statistics.latestNanoseconds(stage: index)
  }

  /// `nanoseconds(stage:)` in milliseconds.
  public func milliseconds(stage index: Int) -> Double { Double(nanoseconds(stage: index)) / 1e6 }

  /// True when stage `index` has ended this frame.
  public func hasRun(stage index: Int) -> Bool { spans[index].hasRun }

  /// When stage `index` began this frame, on `MonotonicClock`.
  public func begin(stage index: Int) -> UInt64 { spans[index].begin }

  /// When stage `index` ended this frame, on `MonotonicClock`.
  public func end(stage index: Int) -> UInt64 { spans[index].end }

  /// How long stage `index` waited for this frame to come, in nanoseconds.
  public func waitedForInput(stage index: Int) -> UInt64 { spans[index].waitedForInput }

  /// How long stage `index` waited, before it took this frame, until the one before it found room
  /// downstream, in nanoseconds.
  public func waitedForRoom(stage index: Int) -> UInt64 { spans[index].waitedForRoom }

  /// How many frames stood in the ring before stage `index` when it came for this one.
  public func found(stage index: Int) -> Int { spans[index].found }

  /// Capture to the end of the last stage, in nanoseconds. While the frame is under way: that of
  /// the latest frame that came out (0 before the first).
  public var latencyNanoseconds: UInt64 {
    guard let last = spans.last, last.hasRun else { return statistics.latestLatencyNanoseconds }
    return last.end > captureNanoseconds ? last.end - captureNanoseconds : 0
  }

  /// `latencyNanoseconds` in milliseconds.
  public var latencyMilliseconds: Double { Double(latencyNanoseconds) / 1e6 }

  /// For the source: `count` frames were lost before this one (by the driver, say).
  public func addDropped(_ count: Int) { dropped += count }

  package func start(sequence number: Int) {
    sequence = number
    outputIndex = number
    dropped = 0
    captureNanoseconds = 0
    for index in spans.indices { spans[index].hasRun = false }
  }
}
