import CFFmpeg

/// An open encoder.
final class VideoEncoder {
  let context: CodecContext
  let name: String
  private let output: String
  private var durations = DurationMemory()
  private var lastTime: Int64?
  private var keyFrames: KeyFrameClock?

  /// How the encoder is to be opened; the first setup of several that it takes is used.
  struct Setup {
    var width: Int
    var height: Int
    var timeBase: AVRational
    var isInterlaced: Bool
  }

  /// Opens `codec` for pictures like `frame`.
  /// - Throws: `MediaError.wrongOption` where the encoder refuses all of the setups.
  init(
    _ codec: UnsafePointer<AVCodec>, setups: [Setup], format: PixelFormat, like frame: VideoFrame,
    frameRate: AVRational, isFullRange: Bool, muxer: MuxerChoice, output: String,
    options: MediaWriter.Options
  ) throws {
    self.output = output
    name = String(cString: codec.pointee.name)
    var opened: CodecContext?
    var refusal: Int32 = 0
    for setup in setups {
      let attempt = try CodecContext(codec)
      let encoder = attempt.pointer
      encoder.pointee.width = Int32(setup.width)
      encoder.pointee.height = Int32(setup.height)
      encoder.pointee.time_base = setup.timeBase
      encoder.pointee.pix_fmt = format.av
      encoder.pointee.framerate = frameRate
      encoder.pointee.thread_count = Int32(options.encoderThreads)
      Self.copyTags(from: frame, to: encoder, format: format, isFullRange: isFullRange)
      if setup.isInterlaced {
        encoder.pointee.flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME
        let topFirst = frame.pointer.pointee.top_field_first != 0
        encoder.pointee.field_order =
          codec.pointee.id == AV_CODEC_ID_MJPEG
          ? (topFirst ? AV_FIELD_TT : AV_FIELD_BB) : (topFirst ? AV_FIELD_TB : AV_FIELD_BT)
      } else {
        encoder.pointee.field_order = AV_FIELD_PROGRESSIVE
      }
      // A container that stores no presentation times takes pictures only in their order.
      if !muxer.keepsVariableRate { encoder.pointee.max_b_frames = 0 }
      if muxer.wantsGlobalHeader { encoder.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
      var settings = try EncoderSettings.settings(for: encoder, codec, options, frameRate)
      let code = checkedCode(.openEncoder) { avcodec_open2(encoder, codec, &settings.pointer) }
      if code < 0 {
        if refusal == 0 { refusal = code }
        continue
      }
      try EncoderSettings.refuseUnknown(settings.leftOver, name)
      opened = consume attempt
      break
    }
    guard let opened else {
      throw MediaError.wrongOption(
        what: "the encoder \(name) refuses \(frame.width)x\(frame.height) \(format.name)"
          + " with these options: \(ffmpegMessage(refusal))",
        advice: "try -v to see what it says, or another --codec")
    }
    context = opened
    if options.isFragmented || options.isLowLatency {
      keyFrames = KeyFrameClock(timeBase: context.pointer.pointee.time_base)
    }
  }

  private static func copyTags(
    from frame: VideoFrame, to encoder: UnsafeMutablePointer<AVCodecContext>, format: PixelFormat,
    isFullRange: Bool
  ) {
    let picture = frame.pointer.pointee
    encoder.pointee.sample_aspect_ratio = picture.sample_aspect_ratio
    encoder.pointee.color_primaries = picture.color_primaries
    encoder.pointee.color_trc = picture.color_trc
    encoder.pointee.chroma_sample_location = picture.chroma_location
    if format.isRGB {
      encoder.pointee.colorspace = AVCOL_SPC_RGB
    } else if frame.format.isRGB || picture.colorspace == AVCOL_SPC_RGB {
      encoder.pointee.colorspace =
        frame.height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M
      encoder.pointee.color_range = AVCOL_RANGE_MPEG
    } else {
      encoder.pointee.colorspace = picture.colorspace
      encoder.pointee.color_range = picture.color_range
    }
    if isFullRange && !format.isRGB { encoder.pointee.color_range = AVCOL_RANGE_JPEG }
  }

  var width: Int { Int(context.pointer.pointee.width) }
  var height: Int { Int(context.pointer.pointee.height) }
  var timeBase: AVRational { context.pointer.pointee.time_base }

  /// Encodes a picture that is shown at `time` for `duration` ticks of `timeBase`; nil flushes.
  /// Finished packets go to `take`.
  func encode(
    _ frame: VideoFrame?, at time: Int64 = 0, duration: Int64 = 0, _ packet: borrowing Packet,
    take: (UnsafeMutablePointer<AVPacket>) throws -> Void
  ) throws {
    if let frame {
      var shown = time
      // Where the output's clock is coarser than the input's, two pictures may fall together.
      if let lastTime, shown <= lastTime { shown = lastTime &+ 1 }
      lastTime = shown
      frame.pointer.pointee.pts = shown
      // What the source's encoder chose must not bind this one.
      frame.pointer.pointee.pict_type =
        keyFrames?.isDue(shown) == true ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
      frame.pointer.pointee.key_frame = 0
      durations.remember(shown, duration)
    }
    let code = checkedCode(.sendFrame) {
      avcodec_send_frame(context.pointer, frame?.pointer)
    }
    if code < 0 && !(frame == nil && code == ff_averror_eof) { throw failure(code) }
    while true {
      let code = checkedCode(.receivePacket) {
        avcodec_receive_packet(context.pointer, packet.pointer)
      }
      if code == ff_averror(EAGAIN) || code == ff_averror_eof { return }
      if code < 0 { throw failure(code) }
      defer { av_packet_unref(packet.pointer) }
      if packet.pointer.pointee.duration <= 0 {
        packet.pointer.pointee.duration = durations.recall(packet.pointer.pointee.pts)
      }
      try take(packet.pointer)
    }
  }

  private func failure(_ code: Int32) -> MediaError {
    .writeFailed(
      output: output, reason: "the encoder \(name) failed: \(ffmpegMessage(code))", advice: "")
  }
}

/// When a picture has to be one that players can begin with: those begin fragments and segments.
///
/// By time, not by count: where frames are dropped, a count that stands for two seconds of the source
/// takes many of the output, and that much would be lost with the last fragment.
struct KeyFrameClock {
  static let seconds: Int32 = 2
  private let interval: Int64
  private var next: Int64?

  init(timeBase: AVRational) {
    interval = max(
      1, av_rescale_q(1, AVRational(num: Self.seconds, den: 1), timeBase))
  }

  mutating func isDue(_ time: Int64) -> Bool {
    if let next, time < next { return false }
    next = time &+ interval
    return true
  }
}

/// How long pictures last that are still in the encoder, which does not carry it itself.
struct DurationMemory {
  private var entries = [(time: Int64, duration: Int64)](repeating: (.min, 0), count: 512)
  private var next = 0

  mutating func remember(_ time: Int64, _ duration: Int64) {
    entries[next] = (time, duration)
    next = (next + 1) % entries.count
  }

  func recall(_ time: Int64) -> Int64 {
    for back in 1...entries.count {
      let entry = entries[(next - back + entries.count) % entries.count]
      if entry.time == time { return entry.duration }
    }
    return 0
  }
}
