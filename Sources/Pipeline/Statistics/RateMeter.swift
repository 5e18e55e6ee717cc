/// Frames, drops and latency in a stretch of the run.
public struct RatePoint: Sendable, Codable, Hashable {
  /// Seconds from the start of the run to the start of the stretch.
  public let seconds: Double
  /// Length of the stretch in seconds.
  public let length: Double
  public let frames: Int
  public let dropped: Int
  public let meanLatencyMilliseconds: Double
  public let maxLatencyMilliseconds: Double

  public var framesPerSecond: Double { length > 0 ? Double(frames) / length : 0 }
}

/// The run second by second, in bounded memory: when the row of stretches is full, each two
/// neighbours become one and stretches are twice as long from then on.
package struct RateMeter: Sendable {
  private struct Stretch {
    var frames = 0
    var dropped = 0
    var latencySum: UInt64 = 0
    var latencyMax: UInt64 = 0

    package mutating func add(_ other: Stretch) {
      frames += other.frames
      dropped += other.dropped
      latencySum &+= other.latencySum
      latencyMax = max(latencyMax, other.latencyMax)
    }
  }

  private let start: UInt64
  private var length: UInt64 = 1_000_000_000
  private var stretches: [Stretch]
  private var used = 0
  /// When the latest frames came out.
  private var finished: [UInt64]
  private var finishedCount = 0

  package init(start: UInt64, capacity: Int = 1024) {
    self.start = start
    stretches = Array(repeating: Stretch(), count: max(2, capacity / 2 * 2))
    finished = Array(repeating: 0, count: 128)
  }

  package mutating func frameFinished(at now: UInt64, latency: UInt64) {
    finished[finishedCount % finished.count] = now
    finishedCount += 1
    let stretch = Stretch(frames: 1, dropped: 0, latencySum: latency, latencyMax: latency)
    stretches[index(at: now)].add(stretch)
  }

  package mutating func framesDropped(_ count: Int, at now: UInt64) {
    stretches[index(at: now)].dropped += count
  }

  private mutating func index(at now: UInt64) -> Int {
    let elapsed = now > start ? now - start : 0
    while elapsed / length >= UInt64(stretches.count) { halve() }
    let index = Int(elapsed / length)
    used = max(used, index + 1)
    return index
  }

  private mutating func halve() {
    let half = stretches.count / 2
    for index in 0..<half {
      var sum = stretches[2 * index]
      sum.add(stretches[2 * index + 1])
      stretches[index] = sum
    }
    for index in half..<stretches.count { stretches[index] = Stretch() }
    length *= 2
    used = (used + 1) / 2
  }

  /// Frames per second of the latest frames: those of the last second before `now`, or the last
  /// few when they are further apart. 0 before two frames have come out.
  package func recentFramesPerSecond(at now: UInt64) -> Double {
    let kept = min(finishedCount, finished.count)
    guard kept >= 2 else { return 0 }
    let newest = finished[(finishedCount - 1) % finished.count]
    var oldest = newest
    var intervals = 0
    for back in 1..<kept {
      let time = finished[(finishedCount - 1 - back) % finished.count]
      if intervals >= 4, now > time, now - time > 1_000_000_000 { break }
      oldest = time
      intervals += 1
    }
    return newest > oldest ? Double(intervals) * 1e9 / Double(newest - oldest) : 0
  }

  /// The stretches up to `now`; the last one ends there.
  package func points(until now: UInt64) -> [RatePoint] {
    let elapsed = now > start ? now - start : 0
    return (0..<used).map { index in
      let stretch = stretches[index]
      let begin = UInt64(index) * length
      let end = min(begin + length, max(elapsed, begin))
      return RatePoint(
        seconds: Double(begin) / 1e9, length: Double(end - begin) / 1e9,
        frames: stretch.frames, dropped: stretch.dropped,
        meanLatencyMilliseconds: stretch.frames == 0
          ? 0 : Double(stretch.latencySum) / Double(stretch.frames) / 1e6,
        maxLatencyMilliseconds: Double(stretch.latencyMax) / 1e6)
    }
  }
}
