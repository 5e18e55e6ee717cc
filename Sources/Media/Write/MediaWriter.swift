import CFFmpeg
import Synchronization

/// Encodes pictures and copies other streams into an output.
///
/// `write` belongs to one thread and `copy` may come from another at the same time; they meet at
/// the container, which one of them enters at a time. Whatever fails closes the output and takes a
/// partial file away; every later call then throws the same error.
public final class MediaWriter: @unchecked Sendable {
  public let output: String
  /// The format that pictures to be written must have, and so what is drawn into.
  public let canvasFormat: PixelFormat
  /// The size that pictures to be written must have: what was asked for where the encoder takes
  /// it. Most encoders of 4:2:0 take no odd sides; they get one pixel less (the last column or row
  /// is cut off).
  public let canvasWidth: Int
  public let canvasHeight: Int
  /// The encoder's name.
  public var codecName: String { encoder.name }
  /// The container's name.
  public var formatName: String { muxer.choice.name }
  /// What could not be carried over, one line each.
  public let notes: [String]

  private let encoder: VideoEncoder
  /// Where the encoder takes another format than can be drawn into.
  private let encodedConverter: FrameConverter?
  private let converted = VideoFrame()
  private let isFullRange: Bool?
  private let pool: FramePool
  private let packet = Packet()
  private let videoStream: UnsafeMutablePointer<AVStream>
  private let videoTimeBase: AVRational
  /// The input's time, in microseconds, that is the output's zero; nil: the same clock.
  private let origin: Int64?
  private let interruption: Interruption

  // Guarded by `muxing`.
  private let muxing = Mutex(())
  private let muxer: Muxer
  private var copies: StreamCopies
  private var life = Life.open

  private let written = Atomic<Int64>(0)
  private let refused = Atomic<Int>(0)

  private enum Life {
    case open
    case finished
    case failed(any Error)
  }

  /// Creates `output` for pictures of `width` x `height` that come from `reader`; nothing is
  /// created before encoder, container and their options are known to be good.
  /// - Parameter firstFrame: the first decoded picture: what it says of itself is taken over.
  /// - Throws: `MediaError`.
  public init(
    _ output: String, from reader: MediaReader, firstFrame: VideoFrame, width: Int, height: Int,
    options: Options = Options()
  ) throws {
    self.output = output
    MediaLog.quieten()
    let file = OutputFile(output)
    let choice = try MuxerChoice(file, format: options.format)
    let codec = try EncoderSettings.find(options.codec, for: choice, file)
    let formats = try CanvasChoice(source: firstFrame.format, encoder: codec)
    try file.check(input: reader.input, overwrites: options.overwrites)

    let isLive = reader.video.isLive
    var options = options
    if choice.isMP4 && !Muxer.isSeekable(file) { options.isFragmented = true }
    let setups = Self.setups(
      width: width, height: height, formats: formats, like: firstFrame, reader: reader, choice)
    let needsFullRange = formats.encoded.isFullRangeTwin || formats.canvas.isFullRangeTwin
    let turnsIntoYUV = firstFrame.format.isRGB && !formats.canvas.isRGB
    isFullRange =
      formats.canvas.isRGB ? nil : needsFullRange || (firstFrame.isFullRange && !turnsIntoYUV)
    encoder = try VideoEncoder(
      codec, setups: setups, format: formats.encoded, like: firstFrame,
      frameRate: reader.source.frameRate, isFullRange: isFullRange ?? false,
      muxer: choice, output: output, options: options)
    canvasFormat = formats.canvas
    canvasWidth = encoder.width
    canvasHeight = encoder.height
    pool = try FramePool(width: canvasWidth, height: canvasHeight, format: canvasFormat)
    encodedConverter =
      formats.canvas == formats.encoded
      ? nil
      : try FrameConverter(
        width: canvasWidth, height: canvasHeight, format: formats.encoded, isFullRange: nil)
    origin = reader.outputOrigin(firstFrame)
    interruption = Interruption()

    muxer = try Muxer(
      file, choice, interruption: interruption, timeoutSeconds: options.timeoutSeconds,
      isDurable: options.isFragmented || isLive)
    videoStream = try Self.addVideo(
      to: muxer.context, encoder, reader.source, keepsVariableRate: choice.keepsVariableRate)
    copies =
      options.copiesOtherStreams
      ? try StreamCopies(
        from: reader.source, to: muxer.context, muxer: choice,
        isFragmented: choice.isMP4 && options.isFragmented) : StreamCopies()
    notes = copies.notes
    let source = reader.source.demuxer.context
    try Carryover.metadata(source.pointee.metadata, to: &muxer.context.pointee.metadata)
    try Carryover.chapters(of: source, to: muxer.context, origin: origin)
    do {
      try muxer.begin(MuxerSettings.settings(for: muxer, file, options, isLive: isLive))
    } catch {
      muxer.discard()
      throw error
    }
    videoTimeBase = videoStream.pointee.time_base
  }

  deinit { abandon() }

  public var bytesWritten: Int64 { written.load(ordering: .relaxed) }
  /// Packets of other streams that were too damaged for the container and were left out.
  public var damagedPackets: Int { refused.load(ordering: .relaxed) }
}

// MARK: - Pictures

extension MediaWriter {
  /// A writable picture of the canvas's size and format, from a pool.
  public func makeCanvas() throws -> VideoFrame {
    let canvas = VideoFrame()
    try makeCanvas(canvas)
    return canvas
  }

  /// Gives `frame` writable samples of the canvas's size and format from the pool; it loses what
  /// it held. Time stamps and tags come with `copyProperties(from:)`.
  public func makeCanvas(_ frame: VideoFrame) throws { try pool.fill(frame) }

  /// Turns decoded pictures into `width` x `height` pictures of the canvas's format; the canvas's
  /// own size by default.
  public func makeConverter(width: Int? = nil, height: Int? = nil) throws -> FrameConverter {
    let width = width ?? canvasWidth
    let height = height ?? canvasHeight
    let isCanvas = width == canvasWidth && height == canvasHeight
    return try FrameConverter(
      width: width, height: height, format: canvasFormat, isFullRange: isFullRange,
      pool: isCanvas ? pool : nil)
  }

  /// Encodes a picture of the canvas's size and format. It is shown when it says
  /// (`presentationTime`), exactly where the container's clock allows. The encoder may hold on to
  /// its samples: draw into them again only after `makeWritable()` or `makeCanvas(_:)`.
  /// - Throws: `MediaError.writeFailed`.
  public func write(_ canvas: VideoFrame) throws {
    try refuseIfClosed()
    guard canvas.width == canvasWidth, canvas.height == canvasHeight, canvas.format == canvasFormat
    else {
      throw MediaError.internalFailure(
        operation: "writing \(output)",
        reason:
          "a canvas of \(canvas.width)x\(canvas.height) \(canvas.format.name) was given, "
          + "\(canvasWidth)x\(canvasHeight) \(canvasFormat.name) is wanted")
    }
    try failing {
      var picture = canvas
      if let encodedConverter {
        try encodedConverter.convert(canvas, into: converted)
        picture = converted
      }
      let clock = canvas.timeBase.av
      let shift = origin.map { av_rescale_q($0, ff_time_base_q, clock) } ?? 0
      try encoder.encode(
        picture, at: av_rescale_q(canvas.presentationTime &- shift, clock, encoder.timeBase),
        duration: av_rescale_q(canvas.duration, clock, encoder.timeBase), packet,
        take: store)
    }
  }

  private func store(_ packet: UnsafeMutablePointer<AVPacket>) throws {
    av_packet_rescale_ts(packet, encoder.timeBase, videoTimeBase)
    packet.pointee.stream_index = videoStream.pointee.index
    try muxing.withLock { _ in
      try muxer.write(packet)
      written.store(muxer.bytesWritten, ordering: .relaxed)
    }
  }
}

// MARK: - Other streams

extension MediaWriter {
  /// Writes a packet of another stream of the input; nothing happens where its stream is not
  /// copied. From any thread.
  /// - Throws: `MediaError.writeFailed`.
  public func copy(_ packet: borrowing OtherPacket) throws {
    let shell = try checkedPointer(.referencePacket, "copying a packet") { av_packet_alloc() }
    defer {
      var shell: UnsafeMutablePointer<AVPacket>? = shell
      av_packet_free(&shell)
    }
    try check(.referencePacket, "copying a packet") { av_packet_ref(shell, packet.pointer) }
    let timeBase = packet.timeBase
    try failing {
      try muxing.withLock { _ in
        guard case .open = life else { return }
        guard copies.prepare(shell) else {
          refused.add(1, ordering: .relaxed)
          return
        }
        let isWanted = copies.convert(
          shell, timeBase: timeBase, origin: origin,
          strictlyRising: !muxer.choice.takesEqualTimes)
        guard isWanted else { return }
        if try !muxer.writeCopied(shell) { refused.add(1, ordering: .relaxed) }
        written.store(muxer.bytesWritten, ordering: .relaxed)
      }
    }
  }
}

// MARK: - The end

extension MediaWriter {
  /// Takes the last pictures out of the encoder, writes the container's end and closes the file.
  /// Once finished, a second call does nothing.
  /// - Throws: `MediaError.writeFailed`; the partial file is then gone.
  public func finish() throws {
    if muxing.withLock({ _ in if case .finished = life { true } else { false } }) { return }
    try refuseIfClosed()
    try failing {
      try encoder.encode(nil, packet, take: store)
      try muxing.withLock { _ in
        try muxer.end()
        written.store(muxer.bytesWritten, ordering: .relaxed)
        life = .finished
      }
    }
  }

  /// Closes the output and takes away what was written (regular files only); nothing happens after
  /// `finish`.
  public func abandon() {
    fail(MediaError.cancelled(input: output))
  }

  /// Ends a write that is blocked by a slow network or pipe soon, from any thread.
  public func cancel() { interruption.cancel() }

  private func refuseIfClosed() throws {
    try muxing.withLock { _ in
      switch life {
      case .open: return
      case .failed(let error): throw error
      case .finished:
        throw MediaError.internalFailure(
          operation: "writing \(output)", reason: "it is finished already")
      }
    }
  }

  private func failing(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      fail(error)
      throw error
    }
  }

  private func fail(_ error: any Error) {
    muxing.withLock { _ in
      guard case .open = life else { return }
      life = .failed(error)
      muxer.discard()
    }
  }
}

// MARK: - Setting up

extension MediaWriter {
  /// What to try to open the encoder with, the best first: the exact size before even sides,
  /// interlaced before progressive, the input's clock before one tick a frame.
  private static func setups(
    width: Int, height: Int, formats: CanvasChoice, like frame: VideoFrame, reader: MediaReader,
    _ choice: MuxerChoice
  ) -> [VideoEncoder.Setup] {
    let rate = reader.source.frameRate
    let perFrame =
      rate.num > 0 && rate.den > 0
      ? AVRational(num: rate.den, den: rate.num) : AVRational(num: 1, den: 25)
    let exact = reader.video.timeBase.av
    let clocks = choice.keepsVariableRate ? [exact, perFrame] : [perFrame]
    var sizes = [(width, height)]
    let cutWidth = width & ~((1 << formats.encoded.log2ChromaWidth) - 1)
    let cutHeight = height & ~((1 << formats.encoded.log2ChromaHeight) - 1)
    for size in [(cutWidth, cutHeight), (width & ~1, height & ~1)]
    where size.0 > 0 && size.1 > 0 && !sizes.contains(where: { $0 == size }) {
      sizes.append(size)
    }
    var result: [VideoEncoder.Setup] = []
    for clock in clocks {
      for isInterlaced in frame.isInterlaced ? [true, false] : [false] {
        for (width, height) in sizes {
          result.append(
            .init(width: width, height: height, timeBase: clock, isInterlaced: isInterlaced))
        }
      }
    }
    return result
  }

  private static func addVideo(
    to context: UnsafeMutablePointer<AVFormatContext>, _ encoder: VideoEncoder,
    _ source: MediaSource, keepsVariableRate: Bool
  ) throws -> UnsafeMutablePointer<AVStream> {
    let stream = try checkedPointer(.allocateContext, "a stream") {
      avformat_new_stream(context, nil)
    }
    try check(.copyParameters, "the video stream") {
      avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context.pointer)
    }
    stream.pointee.time_base = encoder.timeBase
    stream.pointee.avg_frame_rate = source.frameRate
    stream.pointee.sample_aspect_ratio = encoder.context.pointer.pointee.sample_aspect_ratio
    stream.pointee.disposition = source.videoStream.pointee.disposition
    if encoder.context.pointer.pointee.codec_id == AV_CODEC_ID_HEVC,
      ["mp4", "mov"].contains(String(cString: context.pointee.oformat.pointee.name))
    {
      // The tag that Apple's players know.
      stream.pointee.codecpar.pointee.codec_tag = 0x3163_7668  // "hvc1"
    }
    try Carryover.metadata(source.videoStream.pointee.metadata, to: &stream.pointee.metadata)
    try Carryover.sideData(of: source.videoStream, to: stream)
    return stream
  }
}

extension MediaReader {
  /// The input's time, in microseconds, that an output begins with as its zero: the wanted start,
  /// the first picture of a source whose clock began long before, the beginning of one that began
  /// below zero (players leave out what is); nil: the input's own zero.
  func outputOrigin(_ firstFrame: VideoFrame) -> Int64? {
    if let begin = trimBegin { return begin }
    let first = av_rescale_q(
      firstFrame.presentationTime, firstFrame.timeBase.av, ff_time_base_q)
    if first < 0 { return min(first, source.demuxer.startTime) }
    return video.isLive || first > 60_000_000 ? first : nil
  }
}
