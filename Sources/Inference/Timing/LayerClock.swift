/// The clock of a network part's layers, read between them; a part without one pays a test of nil
/// per layer.
///
///     clock?.begin(times)
///     stem.run(...)
///     clock?.lap(0)
///     blocks[0].run(...)
///     clock?.lap(1)
///
/// A layer's span is the time on the wall between two laps; its core time is what the threads of
/// the pool, the caller included, spent inside the layer's jobs by their own CPU clocks. So core
/// time has neither waiting nor other stages' work in it, however crowded the machine. Those clocks
/// cost a system call each, so they are read for one picture in `picturesPerCoreTime`, which is
/// what keeps the cost of measuring below 1 %; for the others core time is 0.
///
/// Where layers take turns within one job, row by row, `marks` tells how long each of them worked,
/// and `lap(interleaved:)` divides the job's span and core time by that.
public final class LayerClock: @unchecked Sendable {
  private let pool: ThreadPool
  private let marks: [RowMarks]
  private var times: LayerTimes!
  private var last: UInt64 = 0
  private var pictures = 0

  public static let picturesPerCoreTime = 4

  /// - Parameters:
  ///   - pool: the part's own share of the threads (`ThreadPool.share`).
  ///   - interleaved: how many layers take turns within one job at most.
  public init(_ pool: ThreadPool, interleaved: Int) {
    self.pool = pool
    marks = (0..<pool.threads).map { _ in RowMarks(layers: interleaved) }
  }

  /// A picture begins; its layers' times go into `times`.
  public func begin(_ times: LayerTimes) {
    self.times = times
    pool.measuresCoreTime = pictures % Self.picturesPerCoreTime == 0
    pictures += 1
    last = ThreadClock.now()
  }

  /// Layer `layer` of `LayerTimes` has ended, having begun at the lap before.
  public func lap(_ layer: Int) {
    let now = ThreadClock.now()
    times[layer] = .init(begin: last, end: now, core: coreTime(until: now))
    last = now
  }

  /// For thread `part` of a job whose layers take turns: its marks, beginning now.
  public func beginMarks(part: Int) -> RowMarks {
    marks[part].restart()
    return marks[part]
  }

  /// A job has ended in which `layers` took turns; mark k was layer `layers.lowerBound + k`.
  public func lap(interleaved layers: Range<Int>) {
    let now = ThreadClock.now()
    let wall = Double(now - last)
    let core = Double(coreTime(until: now))
    let total = layers.reduce(0) { $0 + marked($1 - layers.lowerBound) }
    var before = 0.0
    for layer in layers {
      let part = marked(layer - layers.lowerBound) / max(1, total)
      times[layer] = .init(
        begin: last + UInt64(before * wall), end: last + UInt64((before + part) * wall),
        core: UInt64(part * core))
      before += part
    }
    for part in marks { part.clear() }
    last = now
  }

  /// Of the layer that ends now. Without a job the caller did it all by itself.
  private func coreTime(until now: UInt64) -> UInt64 {
    pool.measuresCoreTime ? pool.takeCoreTime() ?? now - last : 0
  }

  private func marked(_ layer: Int) -> Double {
    marks.reduce(0) { $0 + Double($1.nanoseconds(layer)) }
  }
}

/// How long one thread worked on each of the layers that take turns within a job.
public final class RowMarks: @unchecked Sendable {
  private let layers: Int
  private let sums: UnsafeMutablePointer<UInt64>
  private var last: UInt64 = 0

  init(layers: Int) {
    self.layers = layers
    sums = .allocate(capacity: max(1, layers))
    sums.initialize(repeating: 0, count: layers)
  }

  deinit { sums.deallocate() }

  /// What was done since the last mark was work on layer `layer`.
  public func mark(_ layer: Int) {
    precondition(layer < layers)
    let now = ThreadClock.now()
    sums[layer] &+= now &- last
    last = now
  }

  func restart() { last = ThreadClock.now() }
  func nanoseconds(_ layer: Int) -> UInt64 { sums[layer] }
  func clear() { sums.update(repeating: 0, count: layers) }
}
