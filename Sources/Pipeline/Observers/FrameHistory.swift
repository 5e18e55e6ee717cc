/// Keeps the clocks of frames over the whole run, for charts, in bounded memory (`ThinnedRows`).
public final class FrameHistory<Slot: AnyObject & Sendable>: FrameObserver, @unchecked Sendable {
  /// One frame's clocks.
  public struct Row: Sendable, Hashable, Codable {
    /// The source's number of the frame.
    public let frame: Int
    /// When it came out, in seconds since the start of the run.
    public let seconds: Double
    public let latencyMilliseconds: Double
    /// Frames lost just before it.
    public let dropped: Int
    /// What each stage took, the source first.
    public let stageMilliseconds: [Double]
  }

  private let monitor = Monitor()
  private let capacity: Int
  // Under the monitor's lock.
  private var kept = ThinnedRows(columns: 0, capacity: 2)
  private var start: UInt64 = 0
  private var stageCount = 0

  /// - Parameter capacity: how many frames are kept at most.
  public init(capacity: Int = 4096) { self.capacity = capacity }

  public func runBegan(stages: [String], start: UInt64) {
    monitor.lock()
    self.start = start
    stageCount = stages.count
    kept = ThinnedRows(columns: Column.count + stageCount, capacity: capacity)
    monitor.unlock()
  }

  public func frameDone(_ slot: Slot, _ timing: FrameTiming) {
    monitor.lock()
    defer { monitor.unlock() }
    kept.add { column in
      switch Column(rawValue: column) {
      case .frame: UInt64(timing.sequence)
      case .finished: timing.end(stage: stageCount - 1)
      case .latency: timing.latencyNanoseconds
      case .dropped: UInt64(timing.dropped)
      case nil: timing.nanoseconds(stage: column - Column.count)
      }
    }
  }

  public func runEnded(_ summary: RunSummary) {}

  /// The frames kept so far, in order, and of how many each is one.
  public func rows() -> (rows: [Row], every: Int) {
    monitor.lock()
    defer { monitor.unlock() }
    let rows = (0..<kept.count).map { index in
      let value = { (column: Column) in self.kept[index, column.rawValue] }
      return Row(
        frame: Int(value(.frame)),
        seconds: value(.finished) > start ? Double(value(.finished) - start) / 1e9 : 0,
        latencyMilliseconds: Double(value(.latency)) / 1e6,
        dropped: Int(value(.dropped)),
        stageMilliseconds: (0..<stageCount).map {
          Double(kept[index, Column.count + $0]) / 1e6
        })
    }
    return (rows, kept.step)
  }
}

/// What is kept of a frame before the stages' times.
private enum Column: Int, CaseIterable {
  case frame, finished, latency, dropped
  // Made once, as a frame allocates nothing.
  static let count = allCases.count
}
