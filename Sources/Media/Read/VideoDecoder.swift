import CFFmpeg
import Glibc

/// Decodes one video stream.
final class VideoDecoder {
  enum Outcome { case picture, needsPacket, finished }

  private let context: CodecContext
  private let input: String
  /// Packets that the decoder refused.
  private(set) var refusedPackets = 0
  private var isDraining = false
  let codecName: String

  init(
    _ stream: UnsafeMutablePointer<AVStream>, input: String, threads: Int, isLive: Bool
  ) throws {
    self.input = input
    let parameters = stream.pointee.codecpar!
    codecName = String(cString: avcodec_get_name(parameters.pointee.codec_id))
    guard let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
      throw MediaError.unreadable(
        input: input, reason: "this FFmpeg has no decoder for \(codecName)", advice: "")
    }
    context = try CodecContext(codec)
    let decoder = context.pointer
    try check(.copyParameters, "opening \(input)") {
      avcodec_parameters_to_context(decoder, parameters)
    }
    decoder.pointee.pkt_timebase = stream.pointee.time_base
    decoder.pointee.max_pixels = Int64(Demuxer.largestArea)
    decoder.pointee.thread_count = Int32(Self.threadCount(threads))
    // Threads that decode different frames hold as many frames back; a live source wants none.
    decoder.pointee.thread_type = isLive ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE
    if isLive { decoder.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY }
    do throws(FFmpegFailure) {
      try attempt(.openDecoder) { avcodec_open2(decoder, codec, nil) }
    } catch {
      throw MediaError.unreadable(
        input: input, reason: "its \(codecName) video cannot be decoded: \(error.message)",
        advice: "")
    }
  }

  /// Half the cores, so that decoding does not push the network off the other half.
  private static func threadCount(_ wanted: Int) -> Int {
    if wanted > 0 { return min(wanted, 64) }
    let cores = Int(av_cpu_count())
    return min(max(cores / 2, min(cores, 2)), 8)
  }

  /// Gives the decoder a packet that was captured at `time`, or nil for the end. A packet that it
  /// refuses is counted and forgotten: the stream goes on after it.
  func send(_ packet: UnsafeMutablePointer<AVPacket>?, capturedAt time: UInt64) throws {
    if packet == nil { isDraining = true }
    context.pointer.pointee.reordered_opaque = Int64(bitPattern: time)
    let code = checkedCode(.sendPacket) { avcodec_send_packet(context.pointer, packet) }
    try forgive(code)
  }

  /// Takes the next picture that is ready.
  func receive(_ frame: UnsafeMutablePointer<AVFrame>) throws -> Outcome {
    // Each decoder thread may have a broken picture to report; more than that is no progress.
    for _ in 0..<256 {
      let code = checkedCode(.receiveFrame) { avcodec_receive_frame(context.pointer, frame) }
      switch code {
      case 0...: return .picture
      // After the end there is nothing to give it, even where it refused to take the end.
      case ff_averror(EAGAIN): return isDraining ? .finished : .needsPacket
      case ff_averror_eof: return .finished
      default: try forgive(code)
      }
    }
    return isDraining ? .finished : .needsPacket
  }

  private func forgive(_ code: Int32) throws {
    if code >= 0 || code == ff_averror_eof { return }
    if code == ff_averror(ENOMEM) {
      throw MediaError.internalFailure(
        operation: "decoding \(input)", reason: ffmpegMessage(code))
    }
    refusedPackets += 1
  }

  /// Still pictures and the like use the full range of grey even where they do not say so.
  var hasFullRangeGray: Bool {
    [
      AV_CODEC_ID_PNG, AV_CODEC_ID_PGM, AV_CODEC_ID_PPM, AV_CODEC_ID_BMP, AV_CODEC_ID_TIFF,
      AV_CODEC_ID_MJPEG, AV_CODEC_ID_WEBP, AV_CODEC_ID_TARGA,
    ].contains(context.pointer.pointee.codec_id)
  }
}
