import CFFmpeg

/// An open input with the decoder of its video: what is made anew when a source is opened again.
final class MediaSource {
  let demuxer: Demuxer
  let decoder: VideoDecoder
  let videoIndex: Int
  let isLive: Bool
  let otherStreams: [StreamInfo]
  /// The time base of decoded pictures: the video stream's at the first opening.
  let pictureTimeBase: AVRational
  private let copied: Set<Int>
  /// A camera's packets, once they are ours.
  private let cameraPackets: CameraPackets?

  /// What has to stay as it is when a source is opened again.
  struct Layout {
    fileprivate let pictureTimeBase: AVRational
    /// The codec and the time base of each copied stream, by its index.
    fileprivate let copied: [Int: (codec: AVCodecID, timeBase: AVRational)]
  }

  /// - Parameter resuming: the layout of the source that this one takes the place of; streams that
  ///   changed are left out.
  init(
    _ input: String, at location: InputLocation, options: MediaReader.Options,
    interruption: Interruption, resuming former: Layout? = nil
  ) throws {
    demuxer = try Demuxer(input, at: location, options: options, interruption: interruption)
    let stream = try demuxer.chooseVideo()
    videoIndex = Int(stream.pointee.index)
    let isEndlessHTTP = location.isNetwork && demuxer.durationSeconds == nil
    isLive = options.isLive ?? (location.isLiveByNature || isEndlessHTTP)
    decoder = try VideoDecoder(
      stream, input: input, threads: options.decoderThreads, isLive: isLive)
    pictureTimeBase = former?.pictureTimeBase ?? stream.pointee.time_base
    if case .camera = location { cameraPackets = CameraPackets() } else { cameraPackets = nil }
    var others: [StreamInfo] = []
    var copied: Set<Int> = []
    for case let other? in demuxer.streams where other != stream {
      // The demuxer itself has no use for some (the track that holds chapter titles).
      if other.pointee.discard == AVDISCARD_ALL { continue }
      let info = demuxer.describe(other)
      others.append(info)
      let wasThere = former.map { $0.has(other) } ?? true
      if wasThere { copied.insert(info.index) }
    }
    otherStreams = others
    self.copied = copied
  }

  var layout: Layout {
    var streams: [Int: (codec: AVCodecID, timeBase: AVRational)] = [:]
    for index in copied {
      let stream = demuxer.streams[index]!.pointee
      streams[index] = (stream.codecpar.pointee.codec_id, stream.time_base)
    }
    return Layout(pictureTimeBase: pictureTimeBase, copied: streams)
  }

  func isCopied(_ index: Int) -> Bool { copied.contains(index) }

  var videoStream: UnsafeMutablePointer<AVStream> { demuxer.streams[videoIndex]! }

  func timeBase(ofStream index: Int) -> AVRational { demuxer.streams[index]!.pointee.time_base }

  func rescaleToOriginal(_ packet: UnsafeMutablePointer<AVPacket>) {
    let own = videoStream.pointee.time_base
    if av_cmp_q(own, pictureTimeBase) != 0 { av_packet_rescale_ts(packet, own, pictureTimeBase) }
  }

  /// The average rate, or the best guess where the container has none.
  var frameRate: AVRational { av_guess_frame_rate(demuxer.context, videoStream, nil) }

  /// Ticks that a picture lasts where nothing says so.
  var usualDuration: Int64 {
    let rate = frameRate
    guard rate.num > 0 && rate.den > 0 else { return 0 }
    return max(1, av_rescale_q(1, AVRational(num: rate.den, den: rate.num), pictureTimeBase))
  }

  func videoInfo(trim: TrimWindow) -> VideoStreamInfo {
    let stream = videoStream.pointee
    let parameters = stream.codecpar.pointee
    let rate = frameRate
    let aspect = av_guess_sample_aspect_ratio(demuxer.context, videoStream, nil)
    let seconds = trim.length(of: streamSeconds)
    var frames: Int?
    if !trim.isActive && stream.nb_frames > 0 {
      frames = Int(stream.nb_frames)
    } else if let seconds, rate.num > 0, rate.den > 0 {
      // A container may claim any length.
      frames = Int(exactly: (seconds * av_q2d(rate)).rounded())
    }
    return VideoStreamInfo(
      width: Int(parameters.width), height: Int(parameters.height),
      pixelFormat: PixelFormat.of(AVPixelFormat(parameters.format)),
      timeBase: Rational(pictureTimeBase), averageFrameRate: Rational(rate),
      sampleAspectRatio: aspect.num > 0 && aspect.den > 0 ? Rational(aspect) : Rational(1, 1),
      orientation: Orientation(videoStream), durationSeconds: seconds, frameCount: frames,
      codecName: decoder.codecName, isLive: isLive,
      isInterlaced: ![AV_FIELD_UNKNOWN, AV_FIELD_PROGRESSIVE].contains(parameters.field_order))
  }

  private var streamSeconds: Double? {
    let stream = videoStream.pointee
    if isLive { return nil }
    if stream.duration != ff_nopts && stream.duration > 0 {
      return Double(stream.duration) * av_q2d(stream.time_base)
    }
    return demuxer.durationSeconds
  }

  /// What the container knows and the decoder did not tell.
  func completeTags(_ picture: UnsafeMutablePointer<AVFrame>) {
    picture.pointee.sample_aspect_ratio = av_guess_sample_aspect_ratio(
      demuxer.context, videoStream, picture)
    if picture.pointee.color_range == AVCOL_RANGE_UNSPECIFIED && decoder.hasFullRangeGray
      && PixelFormat.of(AVPixelFormat(picture.pointee.format)).isGray
    {
      picture.pointee.color_range = AVCOL_RANGE_JPEG
    }
  }

  /// Makes a packet that was just read independent of where it came from.
  /// - Returns: when it was captured, nanoseconds on the monotonic clock: its arrival, or what a
  ///   camera's driver says.
  func takeOver(
    _ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational
  ) throws -> UInt64 {
    let arrival = monotonicNanoseconds()
    guard let cameraPackets else { return arrival }
    try cameraPackets.detach(packet)
    let stamp = packet.pointee.pts
    if stamp == ff_nopts { return arrival }
    return CaptureClock.time(
      ofStamp: av_rescale_q(stamp, timeBase, ff_time_base_q), arrival: arrival,
      wallClock: wallClockNanoseconds())
  }

  /// Why the end that was reached is not the input's own end; nil where it is.
  func brokenEnd(
    lastPacketWasDamaged: Bool, latestEnd: Int64?, isWhole: Bool, framesDelivered: Int
  ) -> String? {
    let io = demuxer.context.pointee.pb
    if let error = io?.pointee.error, error < 0, error != ff_averror_eof {
      return ffmpegMessage(error)
    }
    let name = demuxer.formatName
    if lastPacketWasDamaged && !demuxer.hasJumpingClock { return "the file is cut off" }
    if case .pictures(let pattern, let first) = demuxer.location, isWhole {
      return missingPicture(pattern, number: first + demuxer.packetsRead)
    }
    guard case .file = demuxer.location else { return nil }
    if let io, let promised = indexedEnd, case let size = avio_size(io), size > 0, promised > size {
      return "the file is cut off: \(promised &- size) bytes that its index names are not there"
    }
    let saysItsLength = ["matroska,webm", "avi", "flv", "asf"].contains(name)
    if saysItsLength, let seconds = demuxer.durationSeconds, let latestEnd,
      demuxer.context.pointee.duration_estimation_method == AVFMT_DURATION_FROM_STREAM
    {
      // Some count the length from zero, some from the first picture.
      let reached = max(latestEnd, latestEnd &- demuxer.startTime)
      let missing = seconds - Double(reached) / 1e6
      let slack = 0.25 + 2 * Double(usualDuration) * av_q2d(pictureTimeBase)
      if missing > slack {
        return "the file is cut off: its last \(rounded(missing)) s are not there"
      }
    }
    return nil
  }

  /// Numbered pictures end where the first one is missing: told where others follow soon. (A name
  /// of digits much further on is another file's.)
  private func missingPicture(_ pattern: String, number: Int) -> String? {
    guard let next = NumberedNames(pattern: pattern)?.lowestNumber(from: number),
      next - number < 1000
    else { return nil }
    return next == number
      ? "picture \(number) cannot be read" : "picture \(number) is missing, though \(next) is there"
  }

  /// The largest byte position that the container's index names; nil where it has no sizes.
  private var indexedEnd: Int64? {
    var end: Int64 = 0
    for case let stream? in demuxer.streams {
      for index in 0..<avformat_index_get_entries_count(stream) {
        guard let entry = avformat_index_get_entry(stream, index) else { continue }
        end = max(end, entry.pointee.pos &+ Int64(entry.pointee.size))
      }
    }
    return end > 0 ? end : nil
  }

  private func rounded(_ seconds: Double) -> Double { (seconds * 10).rounded() / 10 }
}

extension MediaSource.Layout {
  /// The stream of the same place, with the same codec and time base.
  fileprivate func has(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    guard let mine = copied[Int(stream.pointee.index)] else { return false }
    return mine.codec == stream.pointee.codecpar.pointee.codec_id
      && av_cmp_q(mine.timeBase, stream.pointee.time_base) == 0
  }
}
