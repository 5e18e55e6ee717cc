import CFFmpeg
import Synchronization

/// Reads an input and decodes its video, picture by picture.
///
/// `read` belongs to one thread at a time; `cancel` may come from any. An input is any form that
/// the command line takes: a path, "-", a URL, a camera, `lavfi:GRAPH`, an image, an image pattern.
public final class MediaReader: @unchecked Sendable {
  public let input: String
  public let video: VideoStreamInfo
  /// All streams besides the video, in the order of their indices.
  public let otherStreams: [StreamInfo]

  /// Takes the packets of the other streams, in the thread that reads. What came before it was
  /// set was kept (the newest 4096 packets at most) and is handed over at once.
  public var packetSink: ((borrowing OtherPacket) throws -> Void)? {
    didSet { handOverKeptPackets() }
  }

  /// What was put up with so far. For the thread that reads, or after the end.
  public var warnings: ReadWarnings {
    var result = counted
    result.corruptPackets += opened?.decoder.refusedPackets ?? 0
    result.repairedTimestamps = frameClock.repairs
    result.clockJumps = packetClock.jumps
    result.droppedPackets += kept.dropped
    return result
  }

  /// Told, in the thread that reads, when a live source is lost and when it is back.
  public var onChange: ((ReadChange) -> Void)?

  let options: Options
  /// nil only while a lost source is being opened again, and after that was given up.
  private var opened: MediaSource?
  var source: MediaSource { opened! }
  private let interruption = Interruption()
  private var counted = ReadWarnings()
  private var packetClock: PacketClock
  private var frameClock = FrameClock()
  private var pacer: RealtimePacer?
  private let kept = KeptPackets()
  private let packet = Packet()
  private let trim: TrimWindow
  var trimBegin: Int64? { trim.begin }
  private var deferredError: (any Error)?

  private enum Life {
    case reading
    /// No packet follows; the decoder still has pictures. The reason, where it was no clean end.
    case draining(MediaError?)
    case ended
  }
  private var life = Life.reading
  private var framesDelivered = 0
  private var lastPacketWasDamaged = false

  /// Opens `input` and finds its video; decodes nothing yet.
  /// - Throws: `MediaError`.
  public init(_ input: String, options: Options = Options()) throws {
    if let start = options.start, !(start >= 0 && start < 1e9) {
      throw MediaError.wrongOption(what: "a start of \(start) s", advice: "0 or more is meant")
    }
    if let duration = options.duration, !(duration > 0 && duration < 1e9) {
      throw MediaError.wrongOption(
        what: "a duration of \(duration) s", advice: "more than 0 and less than 1e9 is meant")
    }
    self.input = input
    self.options = options
    let location = try InputLocation(input)
    let source = try MediaSource(
      input, at: location, options: options, interruption: interruption)
    opened = source
    otherStreams = source.otherStreams
    packetClock = PacketClock(
      streamCount: source.demuxer.streams.count, canJump: source.demuxer.hasJumpingClock)
    trim = TrimWindow(options, startTime: source.demuxer.startTime)
    video = source.videoInfo(trim: trim)
    if options.isRealtime { pacer = RealtimePacer() }
    if let from = trim.begin, from > 0 { _ = try source.demuxer.seek(to: from) }
  }

  /// Ends a blocked `read` soon, from any thread; it then throws `MediaError.cancelled`.
  public func cancel() { interruption.cancel() }

  /// Decodes the next picture into `frame`: its samples are replaced by references to the
  /// decoder's, not copied. Packets of other streams met on the way go to `packetSink`.
  /// - Returns: false at the end.
  /// - Throws: `MediaError.brokeMidway` (once, after the last picture, where the input ended before
  ///   its end), `.unreadable` where there was no picture at all, `.timedOut`, `.cancelled`, and
  ///   what `packetSink` throws.
  public func read(into frame: VideoFrame) throws -> Bool {
    if let error = deferredError {
      deferredError = nil
      throw error
    }
    while true {
      if case .ended = life { return false }
      if interruption.isCancelled { throw MediaError.cancelled(input: input) }
      switch try source.decoder.receive(frame.pointer) {
      case .picture:
        if try accept(frame) { return true }
      case .needsPacket:
        try feed()
      case .finished:
        if try !continueAfterEnd() { return false }
      }
    }
  }
}

// MARK: - Packets

extension MediaReader {
  /// Reads packets until the decoder got one, or the input ended.
  private func feed() throws {
    while true {
      let code = source.demuxer.read(packet.pointer)
      if code < 0 {
        try beginDraining(code)
        return
      }
      defer { av_packet_unref(packet.pointer) }
      let index = Int(packet.pointer.pointee.stream_index)
      let isDamaged = packet.pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
      lastPacketWasDamaged = isDamaged
      if isDamaged { counted.corruptPackets += 1 }
      let timeBase = source.timeBase(ofStream: index)
      let captured = try source.takeOver(packet.pointer, timeBase: timeBase)
      packetClock.correct(packet.pointer, timeBase: timeBase)
      if index == source.videoIndex {
        source.rescaleToOriginal(packet.pointer)
        try source.decoder.send(packet.pointer, capturedAt: captured)
        return
      }
      if options.wantsOtherStreams && source.isCopied(index) {
        try passOn(timeBase)
      }
    }
  }

  private func passOn(_ timeBase: AVRational) throws {
    guard trim.admits(packet.pointer, timeBase: timeBase) else { return }
    guard let packetSink else {
      try kept.keep(packet.pointer, timeBase: timeBase)
      return
    }
    let shell = try checkedPointer(.referencePacket, "passing on a packet") { av_packet_alloc() }
    av_packet_move_ref(shell, packet.pointer)
    try packetSink(OtherPacket(pointer: shell, timeBase: timeBase))
  }

  private func handOverKeptPackets() {
    guard let packetSink else { return }
    do {
      try kept.deliver { packet, timeBase in
        let shell = try checkedPointer(.referencePacket, "passing on a packet") {
          av_packet_alloc()
        }
        av_packet_move_ref(shell, packet)
        try packetSink(OtherPacket(pointer: shell, timeBase: timeBase))
      }
    } catch {
      deferredError = error
    }
  }
}

// MARK: - Pictures

extension MediaReader {
  /// Completes what is known about a decoded picture; false where it lies outside the part that
  /// was asked for.
  private func accept(_ frame: VideoFrame) throws -> Bool {
    let picture = frame.pointer
    try source.demuxer.refuseHugePictures(width: frame.width, height: frame.height)
    if picture.pointee.decode_error_flags != 0 || picture.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
    {
      counted.damagedFrames += 1
    }
    frame.pool = nil
    frame.timeBase = video.timeBase
    frame.duration =
      picture.pointee.pkt_duration > 0 ? picture.pointee.pkt_duration : source.usualDuration
    frame.captureTimeNanoseconds = UInt64(bitPattern: picture.pointee.reordered_opaque)
    let stamp = picture.pointee.best_effort_timestamp
    // Pictures before the wanted start never reach the clock.
    if stamp != ff_nopts, trim.isBefore(stamp, timeBase: video.timeBase.av) { return false }
    frame.presentationTime = frameClock.next(
      stamp == ff_nopts ? nil : stamp, duration: frame.duration)
    if trim.isAfter(frame.presentationTime, timeBase: video.timeBase.av) {
      try readRestOfOthers()
      life = .ended
      frame.clear()
      return false
    }
    source.completeTags(picture)
    if pacer != nil {
      guard pacer!.wait(for: frame.timeSeconds, interruption) else {
        throw MediaError.cancelled(input: input)
      }
      frame.captureTimeNanoseconds = monotonicNanoseconds()
    }
    framesDelivered += 1
    return true
  }

  /// After the last wanted picture: the sound that belongs beside it comes a little later.
  private func readRestOfOthers() throws {
    guard options.wantsOtherStreams, !otherStreams.isEmpty, let end = trim.end else { return }
    for _ in 0..<2000 {
      let code = source.demuxer.read(packet.pointer)
      if code < 0 { return }
      defer { av_packet_unref(packet.pointer) }
      let index = Int(packet.pointer.pointee.stream_index)
      let timeBase = source.timeBase(ofStream: index)
      packetClock.correct(packet.pointer, timeBase: timeBase)
      let stamp = packet.pointer.pointee.dts
      if stamp != ff_nopts, av_rescale_q(stamp, timeBase, ff_time_base_q) > end &+ 1_000_000 {
        return
      }
      if index != source.videoIndex && source.isCopied(index) { try passOn(timeBase) }
    }
  }
}

// MARK: - The end

extension MediaReader {
  private func beginDraining(_ code: Int32) throws {
    var reason: MediaError?
    if code == ff_averror_eof {
      reason = source.brokenEnd(
        lastPacketWasDamaged: lastPacketWasDamaged, latestEnd: packetClock.latestEnd,
        isWhole: options.start == nil, framesDelivered: framesDelivered
      ).map {
        .brokeMidway(input: input, afterFrames: 0, reason: $0)
      }
    } else {
      let failure = source.demuxer.failure(code)
      if failure.cause == .cancelled { throw failure }
      reason = failure
    }
    life = .draining(reason)
    try source.decoder.send(nil, capturedAt: monotonicNanoseconds())
  }

  /// The decoder has given its last picture. Opens a live source again where that is wanted (and
  /// says true), tells a broken end once, and says false for good afterwards.
  private func continueAfterEnd() throws -> Bool {
    var reason: MediaError?
    if case .draining(let why) = life { reason = why }
    if video.isLive && options.reconnectAttempts > 0 && framesDelivered > 0 {
      if try reconnect(after: reason) { return true }
      onChange?(.gaveUp(attempts: options.reconnectAttempts))
    }
    life = .ended
    if framesDelivered == 0 {
      switch reason {
      case .unreadable, .timedOut, .noSuchInput: throw reason!
      case .brokeMidway(_, _, let why):
        throw MediaError.unreadable(input: input, reason: why, advice: "no picture is whole")
      default:
        throw MediaError.unreadable(
          input: input, reason: "no picture could be decoded", advice: "")
      }
    }
    switch reason {
    case nil: return false
    case .timedOut: throw reason!
    case .brokeMidway(_, _, let why), .unreadable(_, let why, _), .noSuchInput(_, let why):
      throw MediaError.brokeMidway(input: input, afterFrames: framesDelivered, reason: why)
    default: throw reason!
    }
  }

  /// Tries to open the source again, with growing pauses; false when the attempts are used up.
  private func reconnect(after reason: MediaError?) throws -> Bool {
    let lost = monotonicNanoseconds()
    onChange?(.lost(reason: reason?.reason ?? "it ended"))
    let location = source.demuxer.location
    let layout = source.layout
    counted.corruptPackets += source.decoder.refusedPackets
    // Closed first: a camera that is held gets another name when it is plugged in again, and a
    // port that is held cannot be listened on.
    opened = nil
    var backOff = BackOff()
    for _ in 0..<options.reconnectAttempts {
      guard interruption.sleep(until: monotonicNanoseconds() + backOff.next()) else { break }
      guard
        let again = try? MediaSource(
          input, at: location, options: options, interruption: interruption, resuming: layout)
      else { continue }
      counted.reconnects += 1
      opened = again
      let gap = Int64((monotonicNanoseconds() - lost) / 1000)
      packetClock.restart(
        at: (packetClock.latestEnd ?? 0) + gap, streamCount: again.demuxer.streams.count)
      life = .reading
      onChange?(.regained(seconds: Double(gap) / 1e6))
      return true
    }
    if interruption.isCancelled {
      life = .ended
      throw MediaError.cancelled(input: input)
    }
    return false
  }
}
