import Synchronization

/// The numbers of a run, readable from any thread while it goes on.
///
/// Reading single numbers (`framesOut`, `framesPerSecond`, ...) allocates nothing, so a HUD may do
/// so for every frame; `stages()`, `rates()` and `latency()` make copies.
public final class PipelineStatistics: Sendable {
  /// Names of source and stages, in order; index 0 is the source.
  public let stageNames: [String]
  let counters: [StageCounters]
  private let maxLatencyNanoseconds: UInt64?
  private let latencies = LiveHistogram()
  private let latestLatency = Atomic<UInt64>(0)
  private let out = Atomic<Int>(0)
  private let dropped = Atomic<Int>(0)
  private let late = Atomic<Int>(0)
  private let start = Atomic<UInt64>(0)
  private let end = Atomic<UInt64>(0)
  private let meter = Guarded<RateMeter?>(nil)

  package init(stages: [(name: String, inletCapacity: Int)], maxLatencyNanoseconds: UInt64?) {
    stageNames = stages.map(\.name)
    counters = stages.map { StageCounters(name: $0.name, inletCapacity: $0.inletCapacity) }
    self.maxLatencyNanoseconds = maxLatencyNanoseconds
  }

  // MARK: Reading

  /// Frames that went through.
  public var framesOut: Int { out.load(ordering: .relaxed) }
  /// Frames that were lost, at the drop point or (as told by the source) before it.
  public var framesDropped: Int { dropped.load(ordering: .relaxed) }
  /// Frames that came out later than the allowed latency.
  public var lateFrames: Int { late.load(ordering: .relaxed) }
  /// Capture to end of the latest frame that came out, in nanoseconds.
  public var latestLatencyNanoseconds: UInt64 { latestLatency.load(ordering: .relaxed) }

  /// What stage `index` took for the latest frame it ended, in nanoseconds.
  public func latestNanoseconds(stage index: Int) -> UInt64 { counters[index].latest }

  /// Frames per second over about the last second.
  public var framesPerSecond: Double {
    let now = MonotonicClock.now()
    return meter.withLock { $0?.recentFramesPerSecond(at: now) ?? 0 }
  }

  /// Time since the start of the run (until its end), in nanoseconds.
  public var wallNanoseconds: UInt64 {
    let begin = start.load(ordering: .relaxed)
    let last = lastMoment
    return begin == 0 || last < begin ? 0 : last - begin
  }

  /// Each stage's numbers so far; index 0 is the source.
  public func stages() -> [StageStatistics] {
    let now = lastMoment
    return counters.map { $0.snapshot(at: now) }
  }

  /// Capture-to-end latencies so far.
  public func latency() -> Histogram { latencies.snapshot() }

  /// The run so far, second by second (coarser after 17 minutes, again after 34, ...).
  public func rates() -> [RatePoint] {
    let now = lastMoment
    return meter.withLock { $0?.points(until: now) ?? [] }
  }

  private var lastMoment: UInt64 {
    let ended = end.load(ordering: .relaxed)
    return ended == 0 ? MonotonicClock.now() : ended
  }

  // MARK: Writing, by the pipeline

  func runBegan(at now: UInt64) {
    start.store(now, ordering: .relaxed)
    meter.withLock { $0 = RateMeter(start: now) }
  }

  func runEnded(at now: UInt64) { end.store(now, ordering: .relaxed) }

  /// By the source's thread.
  func countDropped(_ count: Int) {
    guard count > 0 else { return }
    dropped.add(count, ordering: .relaxed)
    let now = MonotonicClock.now()
    meter.withLock { $0?.framesDropped(count, at: now) }
  }

  /// By the last stage's thread.
  func frameFinished(_ timing: FrameTiming) {
    let latency = timing.latencyNanoseconds
    latencies.add(latency)
    latestLatency.store(latency, ordering: .relaxed)
    if let allowed = maxLatencyNanoseconds, latency > allowed { late.add(1, ordering: .relaxed) }
    meter.withLock {
      $0?.frameFinished(at: timing.end(stage: stageNames.count - 1), latency: latency)
    }
    out.add(1, ordering: .relaxed)
  }
}
