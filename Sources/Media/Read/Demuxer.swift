import CFFmpeg
import Glibc

/// An open input: its container and its streams, not yet a decoder.
final class Demuxer {
  let input: String
  let location: InputLocation
  let context: UnsafeMutablePointer<AVFormatContext>
  private let interruption: Interruption
  private let timeoutSeconds: Double
  private let pipe: PipeIO?
  private let openGuard: OpenGuard?
  private(set) var packetsRead = 0

  /// Pictures larger than this are refused: a side, and an area.
  static let longestSide = 16_384
  static let largestArea = 64 << 20
  private static let mostStreams: Int32 = 256

  /// Opens `location` and finds out what is in it.
  init(
    _ input: String, at location: InputLocation, options: MediaReader.Options,
    interruption: Interruption
  ) throws {
    self.input = input
    self.location = location
    self.interruption = interruption
    timeoutSeconds =
      location == .standardInput || location.isNetwork || location.isLiveByNature
      ? options.timeoutSeconds : 0
    interruption.allow(seconds: timeoutSeconds)
    MediaLog.quieten()
    avformat_network_init()

    let format = try Self.demuxer(options.format ?? location.demuxer)
    var opening: UnsafeMutablePointer<AVFormatContext>? = try checkedPointer(
      .allocateContext, "opening \(input)"
    ) { avformat_alloc_context() }
    var isOpen = false
    defer { if !isOpen { avformat_free_context(opening) } }
    opening!.pointee.interrupt_callback = interruption.callback
    opening!.pointee.max_streams = Self.mostStreams
    if case .camera = location { opening!.pointee.flags |= AVFMT_FLAG_NONBLOCK }
    if case .standardInput = location {
      pipe = try PipeIO(reading: STDIN_FILENO, interruption: interruption)
      opening!.pointee.pb = pipe!.context
    } else {
      pipe = nil
    }
    openGuard = OpenGuard(opening!, for: location, allowedHosts: options.allowedHosts)

    var settings = try Self.settings(for: location, options)
    let code = checkedCode(.openInput) {
      avformat_open_input(&opening, location.url, format, &settings.pointer)
    }
    guard code >= 0, let opened = opening else {
      throw Self.failure(
        code, input, location, interruption, timeoutSeconds, refused: openGuard?.refused)
    }
    context = opened
    isOpen = true
    try refuseHugeStreams()
    if keepsItsOwnTime { context.pointee.max_analyze_duration = Self.liveAnalysis }
    do throws(FFmpegFailure) {
      try findStreams()
    } catch {
      // `deinit` closes: everything is set by now.
      throw Self.failure(
        error.code, input, location, interruption, timeoutSeconds, refused: openGuard?.refused)
    }
    if case .camera(let request) = location, let stream = streams.first ?? nil {
      try request.refuseSubstitute(
        width: Int(stream.pointee.codecpar.pointee.width),
        height: Int(stream.pointee.codecpar.pointee.height),
        rate: Rational(stream.pointee.avg_frame_rate))
    }
  }

  deinit {
    var closing: UnsafeMutablePointer<AVFormatContext>? = context
    avformat_close_input(&closing)
  }

  private static func demuxer(_ name: String?) throws -> UnsafePointer<AVInputFormat>? {
    guard let name else { return nil }
    // A name that libavformat does not know may be a device's.
    if av_find_input_format(name) == nil { _ = ff_register_devices() }
    if let format = av_find_input_format(name) { return format }
    throw MediaError.wrongOption(
      what: "this FFmpeg reads no format \"\(name)\"",
      advice: "`ffmpeg -demuxers` lists those that it reads")
  }

  private static func settings(
    for location: InputLocation, _ options: MediaReader.Options
  ) throws -> OptionSet {
    var settings = OptionSet()
    settings["protocol_whitelist"] = options.protocolWhitelist ?? location.protocolWhitelist
    switch location {
    case .file: settings["pattern_type"] = "none"
    case .pictures(_, let first):
      settings["pattern_type"] = "sequence"
      settings["start_number"] = String(first)
      settings["framerate"] = options.imageFrameRate
    case .camera(let request): request.apply(to: &settings)
    case .url(_, let scheme, let host) where scheme.hasPrefix("http") || scheme.hasPrefix("hls"):
      // A connection that is used again follows redirections past the guard.
      if !host.isEmpty { settings["http_persistent"] = "0" }
    case .url(_, let scheme, _) where scheme.hasPrefix("rtsp"):
      settings["rtsp_flags"] = "prefer_tcp"
    case .url(_, "udp", _):
      // A burst that overflows the buffer loses packets, it does not end the recording.
      settings["overrun_nonfatal"] = "1"
    default: break
    }
    for (name, value) in options.demuxerOptions { settings[name] = value }
    try settings.verify("opening an input")
    return settings
  }

  /// Microseconds of a live source that are looked at before it is shown: what is looked at is late
  /// already, and dropped.
  private static let liveAnalysis: Int64 = 1_000_000

  /// A live source, or an HTTP connection that cannot be a file's.
  private var keepsItsOwnTime: Bool {
    location.isLiveByNature
      || (location.isNetwork && context.pointee.pb?.pointee.seekable == 0)
  }

  /// Looking into streams decodes pictures of them: where all are too large, or FFmpeg would draw
  /// them itself, they are refused before.
  private func refuseHugeStreams() throws {
    var worst: (width: Int, height: Int)?
    for case let stream? in streams {
      let parameters = stream.pointee.codecpar.pointee
      guard parameters.codec_type == AVMEDIA_TYPE_VIDEO else { continue }
      let size = (width: Int(parameters.width), height: Int(parameters.height))
      if Self.isHuge(size.width, size.height) {
        worst = size
      } else if location.demuxer != "lavfi" {
        return
      }
    }
    if let worst { try refuseHugePictures(width: worst.width, height: worst.height) }
  }

  private func findStreams() throws(FFmpegFailure) {
    let count = Int(context.pointee.nb_streams)
    // Each stream's decoder is tried on its first packets: within the same limits.
    var perStream: [OpaquePointer?] = Array(repeating: nil, count: count)
    defer { for index in 0..<count { av_dict_free(&perStream[index]) } }
    for index in 0..<count {
      try attempt(.setOption) {
        av_dict_set(&perStream[index], "max_pixels", String(Self.largestArea), 0)
      }
    }
    try attempt(.findStreams) {
      perStream.withUnsafeMutableBufferPointer {
        avformat_find_stream_info(context, $0.baseAddress)
      }
    }
    // The streams are known, but their finding was cut short.
    if interruption.isDue { throw FFmpegFailure(call: .findStreams, code: ff_averror_exit) }
  }

  var streams: UnsafeMutableBufferPointer<UnsafeMutablePointer<AVStream>?> {
    UnsafeMutableBufferPointer(
      start: context.pointee.streams, count: Int(context.pointee.nb_streams))
  }

  var formatName: String { String(cString: context.pointee.iformat.pointee.name) }

  /// Where the input's clock begins, in microseconds.
  var startTime: Int64 {
    context.pointee.start_time == ff_nopts ? 0 : context.pointee.start_time
  }

  /// The input's length in seconds, where the container says or lets it be estimated.
  var durationSeconds: Double? {
    let duration = context.pointee.duration
    return duration == ff_nopts || duration <= 0 ? nil : Double(duration) / 1e6
  }

  /// Time stamps may jump: a container that promises no single clock.
  var hasJumpingClock: Bool {
    context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
  }

  /// Goes to the last key frame at or before `microseconds`; false where the input cannot.
  func seek(to microseconds: Int64) throws -> Bool {
    interruption.allow(seconds: timeoutSeconds)
    return checkedCode(.seek) {
      avformat_seek_file(context, -1, .min, microseconds, microseconds, 0)
    } >= 0
  }

  /// Reads the next packet of any stream; the code is FFmpeg's, `ff_averror_exit` when a deadline
  /// passed or somebody cancelled.
  func read(_ packet: UnsafeMutablePointer<AVPacket>) -> Int32 {
    interruption.allow(seconds: timeoutSeconds)
    while true {
      let code = checkedCode(.readPacket) { av_read_frame(context, packet) }
      // Some demuxers take an interrupted read for the end, and tell it a few packets later.
      if code == ff_averror_eof, context.pointee.pb?.pointee.error == ff_averror_exit {
        return ff_averror_exit
      }
      guard code == ff_averror(EAGAIN) else {
        if code >= 0 { packetsRead += 1 }
        return code
      }
      // A camera without a new picture.
      if interruption.isDue { return ff_averror_exit }
      usleep(500)
    }
  }

  /// What an error of `read` means.
  func failure(_ code: Int32) -> MediaError {
    Self.failure(code, input, location, interruption, timeoutSeconds, refused: openGuard?.refused)
  }

  private static func failure(
    _ code: Int32, _ input: String, _ location: InputLocation, _ interruption: Interruption,
    _ timeoutSeconds: Double, refused: (address: String, place: String)?
  ) -> MediaError {
    if interruption.isCancelled { return .cancelled(input: input) }
    if interruption.isOverdue { return .timedOut(input: input, seconds: timeoutSeconds) }
    if let refused {
      return .unreadable(
        input: input, reason: "it refers to \(refused.address), \(refused.place)",
        advice: "open that itself")
    }
    switch code {
    case ff_averror(ENOENT), ff_averror_http_not_found, ff_averror(ENODEV), ff_averror(ENXIO),
      ff_averror(ECONNREFUSED), ff_averror(EHOSTUNREACH):
      return .noSuchInput(input: input, reason: ffmpegMessage(code))
    case ff_averror_exit: return .timedOut(input: input, seconds: timeoutSeconds)
    case ff_averror_protocol_not_found:
      return .noSuchInput(
        input: input, reason: "no such file, and no protocol of that name")
    case ff_averror_invaliddata:
      return .unreadable(
        input: input, reason: "not a video, or damaged from its beginning",
        advice: "`ffprobe` may tell more")
    case ff_averror(EACCES) where location.isCamera:
      return .unreadable(
        input: input, reason: ffmpegMessage(code),
        advice: "cameras are for the group \"video\": have yourself added to it")
    case ff_averror(EBUSY):
      return .unreadable(
        input: input, reason: ffmpegMessage(code), advice: "another program is using it")
    case ff_averror(EINVAL) where location.demuxer == "lavfi":
      return .wrongOption(
        what: "\(input) is no filter graph that FFmpeg understands",
        advice: "try lavfi:testsrc2=size=640x360:rate=25")
    default:
      return .unreadable(input: input, reason: ffmpegMessage(code), advice: "")
    }
  }
}
