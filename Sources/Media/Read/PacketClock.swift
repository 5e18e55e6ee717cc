import CFFmpeg

/// Keeps the clock of all of a source's streams running forward when the source's jumps: a
/// transport stream that wraps or was joined from pieces, a source that was opened again.
struct PacketClock {
  /// Added to every time stamp, in microseconds.
  private(set) var offset: Int64 = 0
  private(set) var jumps = 0
  /// Time stamps of this container can jump at all.
  let canJump: Bool
  /// Where the next packet must come to lie; set when a source was opened again.
  private var target: Int64?
  private var expected: [Int64?]
  /// The latest end of any packet so far, in microseconds.
  private(set) var latestEnd: Int64?

  /// A jump back by more than a second, or on by more than ten, is the clock's, not the picture's.
  private static let backwardLimit: Int64 = 1_000_000
  private static let forwardLimit: Int64 = 10_000_000

  init(streamCount: Int, canJump: Bool) {
    self.canJump = canJump
    expected = Array(repeating: nil, count: streamCount)
  }

  /// The next packet continues at `microseconds`, whatever its own time stamp says.
  mutating func restart(at microseconds: Int64, streamCount: Int) {
    target = microseconds
    expected = Array(repeating: nil, count: streamCount)
  }

  /// Corrects a packet's time stamps, which are in ticks of `timeBase`.
  mutating func correct(_ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational) {
    let stamp = packet.pointee.dts != ff_nopts ? packet.pointee.dts : packet.pointee.pts
    guard stamp != ff_nopts else { return }
    let time = av_rescale_q(stamp, timeBase, ff_time_base_q)
    let stream = Int(packet.pointee.stream_index)
    while expected.count <= stream { expected.append(nil) }
    if let target {
      offset = target &- time
      self.target = nil
    } else if canJump, let wanted = expected[stream] {
      let delta = time &+ offset &- wanted
      if delta < -Self.backwardLimit || delta > Self.forwardLimit {
        offset &-= delta
        jumps += 1
      }
    }
    let length = av_rescale_q(max(packet.pointee.duration, 0), timeBase, ff_time_base_q)
    expected[stream] = time &+ offset &+ length
    latestEnd = max(latestEnd ?? .min, time &+ offset &+ length)
    if offset == 0 { return }
    let ticks = av_rescale_q(offset, ff_time_base_q, timeBase)
    if packet.pointee.pts != ff_nopts { packet.pointee.pts &+= ticks }
    if packet.pointee.dts != ff_nopts { packet.pointee.dts &+= ticks }
  }
}

/// Makes the decoded pictures' time stamps rise strictly, as encoders and players need it.
struct FrameClock {
  private var last: Int64?
  private var lastDuration: Int64 = 1
  private(set) var repairs = 0

  /// The time stamp to use for a picture that says `stamp` (or nothing) and lasts `duration` ticks.
  mutating func next(_ stamp: Int64?, duration: Int64) -> Int64 {
    defer { lastDuration = max(duration, 1) }
    guard let last else {
      self.last = stamp ?? 0
      if stamp == nil { repairs += 1 }
      return self.last!
    }
    var time = stamp ?? last &+ lastDuration
    if stamp == nil || time <= last {
      repairs += 1
      // A repeated stamp moves by one tick: it stays as near as can be to what it said.
      if time <= last { time = last &+ 1 }
    }
    self.last = time
    return time
  }
}
