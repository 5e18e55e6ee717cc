import CFFmpeg

/// The part of an input that was asked for, on the input's clock.
struct TrimWindow {
  /// Microseconds; nil: from the beginning.
  let begin: Int64?
  /// Microseconds; nil: to the end.
  let end: Int64?
  private let wantedStart: Double?
  private let wantedDuration: Double?

  init(_ options: MediaReader.Options, startTime: Int64) {
    wantedStart = options.start
    wantedDuration = options.duration
    begin = options.start.map { startTime &+ Int64(($0 * 1e6).rounded()) }
    end = options.duration.map { (options.start ?? 0) + $0 }
      .map { startTime &+ Int64(($0 * 1e6).rounded()) }
  }

  var isActive: Bool { begin != nil || end != nil }

  func isBefore(_ stamp: Int64, timeBase: AVRational) -> Bool {
    guard let begin else { return false }
    return av_compare_ts(stamp, timeBase, begin, ff_time_base_q) < 0
  }

  func isAfter(_ stamp: Int64, timeBase: AVRational) -> Bool {
    guard let end else { return false }
    return av_compare_ts(stamp, timeBase, end, ff_time_base_q) >= 0
  }

  /// Part of the packet lies within.
  func admits(_ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational) -> Bool {
    let stamp = packet.pointee.pts != ff_nopts ? packet.pointee.pts : packet.pointee.dts
    guard isActive, stamp != ff_nopts else { return true }
    return !isBefore(stamp &+ max(packet.pointee.duration, 1) &- 1, timeBase: timeBase)
      && !isAfter(stamp, timeBase: timeBase)
  }

  /// Seconds that are left of an input of `whole` seconds.
  func length(of whole: Double?) -> Double? {
    guard let whole else { return wantedDuration }
    let rest = max(0, whole - (wantedStart ?? 0))
    return wantedDuration.map { min($0, rest) } ?? rest
  }
}
