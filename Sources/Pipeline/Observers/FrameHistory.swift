/// Keeps the clocks of frames over the whole run, for charts, in bounded memory: when it is full,
/// every second frame is forgotten, and from then on half as many are kept.
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

  private struct Entry {
    var frame = 0
    var finished: UInt64 = 0
    var latency: UInt64 = 0
    var dropped = 0
  }

  private let monitor = Monitor()
  // Under the monitor's lock.
  private var entries: [Entry]
  private var nanoseconds: [UInt64] = []
  private var kept = 0
  private var seen = 0
  private var step = 1
  private var start: UInt64 = 0
  private var stageCount = 0

  /// - Parameter capacity: how many frames are kept at most.
  public init(capacity: Int = 4096) {
    entries = Array(repeating: Entry(), count: max(2, capacity))
  }

  public func runBegan(stages: [String], start: UInt64) {
    monitor.lock()
    self.start = start
    stageCount = stages.count
    nanoseconds = Array(repeating: 0, count: entries.count * stageCount)
    monitor.unlock()
  }

  public func frameDone(_ slot: Slot, _ timing: FrameTiming) {
    monitor.lock()
    defer { monitor.unlock() }
    defer { seen += 1 }
    guard seen % step == 0 else { return }
    if kept == entries.count {
      halve()
      guard seen % step == 0 else { return }
    }
    entries[kept] = Entry(
      frame: timing.sequence, finished: timing.end(stage: stageCount - 1),
      latency: timing.latencyNanoseconds, dropped: timing.dropped)
    for stage in 0..<stageCount {
      nanoseconds[kept * stageCount + stage] = timing.nanoseconds(stage: stage)
    }
    kept += 1
  }

  public func runEnded(_ summary: RunSummary) {}

  private func halve() {
    var to = 0
    for from in stride(from: 0, to: kept, by: 2) {
      entries[to] = entries[from]
      for stage in 0..<stageCount {
        nanoseconds[to * stageCount + stage] = nanoseconds[from * stageCount + stage]
      }
      to += 1
    }
    kept = to
    step *= 2
  }

  /// The frames kept so far, in order, and of how many each is one.
  public func rows() -> (rows: [Row], every: Int) {
    monitor.lock()
    defer { monitor.unlock() }
    let rows = (0..<kept).map { index in
      let entry = entries[index]
      return Row(
        frame: entry.frame,
        seconds: entry.finished > start ? Double(entry.finished - start) / 1e9 : 0,
        latencyMilliseconds: Double(entry.latency) / 1e6,
        dropped: entry.dropped,
        stageMilliseconds: (0..<stageCount).map {
          Double(nanoseconds[index * stageCount + $0]) / 1e6
        })
    }
    return (rows, step)
  }
}
