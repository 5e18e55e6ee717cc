import CFFmpeg
import Glibc

/// The streams that are copied from the input to the output, and their time stamps.
struct StreamCopies {
  private struct Target {
    var stream: UnsafeMutablePointer<AVStream>
    var lastDecodingTime: Int64?
    /// Each packet begins with a header of its own.
    var isADTS: Bool
    var stripper: HeaderStripper?
  }
  private var targets: [Int: Target] = [:]
  /// What could not be carried over, a line each.
  private(set) var notes: [String] = []
  /// Time stamps that had to be moved because the container wants them to rise.
  private(set) var repairs = 0

  init() {}

  /// Adds a stream to `context` for each of the reader's that the container takes.
  /// - Parameter isFragmented: the container is MP4 in fragments, for which FFmpeg does not take the
  ///   headers off by itself.
  init(
    from source: MediaSource, to context: UnsafeMutablePointer<AVFormatContext>,
    muxer: MuxerChoice, isFragmented: Bool
  ) throws {
    for info in source.otherStreams {
      guard let stream = source.demuxer.streams[info.index] else { continue }
      if let reason = Self.refusal(info, stream, muxer) {
        notes.append(
          "stream \(info.index) (\(info.kind.rawValue), \(info.codecName)) is left out: \(reason)")
        continue
      }
      let made = try checkedPointer(.allocateContext, "a stream") {
        avformat_new_stream(context, nil)
      }
      try check(.copyParameters, "copying a stream's parameters") {
        avcodec_parameters_copy(made.pointee.codecpar, stream.pointee.codecpar)
      }
      made.pointee.codecpar.pointee.codec_tag = muxer.tag(for: stream.pointee.codecpar.pointee)
      made.pointee.time_base = stream.pointee.time_base
      made.pointee.disposition = stream.pointee.disposition
      try Carryover.metadata(stream.pointee.metadata, to: &made.pointee.metadata)
      try Carryover.sideData(of: stream, to: made)
      targets[info.index] = Target(
        stream: made, isADTS: Self.isADTS(stream),
        stripper: isFragmented && Self.isADTS(stream) ? try HeaderStripper(stream) : nil)
    }
  }

  private static func refusal(
    _ info: StreamInfo, _ stream: UnsafeMutablePointer<AVStream>, _ muxer: MuxerChoice
  ) -> String? {
    switch info.kind {
    case .data: return "data streams are not copied"
    case .video: return "only one video stream is written"
    case .picture where !muxer.isMP4: return "\(muxer.name) keeps no cover picture"
    case .audio where muxer.isRTP && isADTS(stream):
      return "its header is in each packet, and RTP wants it once"
    default: break
    }
    return muxer.takes(stream.pointee.codecpar.pointee.codec_id)
      ? nil : "\(muxer.name) does not take it"
  }

  /// AAC as transport streams have it, with a header before each packet.
  private static func isADTS(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    let parameters = stream.pointee.codecpar.pointee
    return parameters.codec_id == AV_CODEC_ID_AAC && parameters.extradata_size == 0
  }

  /// Makes a packet such as the container wants it; false for the rest of one whose beginning was
  /// lost, as comes first where a stream is joined midway: containers judge all packets by the first.
  func prepare(_ packet: UnsafeMutablePointer<AVPacket>) -> Bool {
    guard let target = targets[Int(packet.pointee.stream_index)], target.isADTS else { return true }
    guard packet.pointee.size > 7, let data = packet.pointee.data else { return false }
    guard data[0] == 0xFF && data[1] & 0xF0 == 0xF0 else { return false }
    return target.stripper?.strip(packet) ?? true
  }

  /// Turns a packet of the input into one of the output; false where its stream is not copied or
  /// it lies before the output's beginning.
  /// - Parameter origin: the input's time, in microseconds, that is the output's zero.
  mutating func convert(
    _ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational, origin: Int64?,
    strictlyRising: Bool
  ) -> Bool {
    let index = Int(packet.pointee.stream_index)
    guard var target = targets[index] else { return false }
    defer { targets[index] = target }
    return Self.restamp(
      packet, &target, timeBase: timeBase, origin: origin, strictlyRising: strictlyRising,
      repairs: &repairs)
  }

  private static func restamp(
    _ packet: UnsafeMutablePointer<AVPacket>, _ target: inout Target, timeBase: AVRational,
    origin: Int64?, strictlyRising: Bool, repairs: inout Int
  ) -> Bool {
    let stream = target.stream
    if let origin {
      let shift = av_rescale_q(origin, ff_time_base_q, timeBase)
      let stamp = packet.pointee.pts != ff_nopts ? packet.pointee.pts : packet.pointee.dts
      if stamp != ff_nopts && stamp &+ packet.pointee.duration <= shift
        && stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
      {
        return false
      }
      if packet.pointee.pts != ff_nopts { packet.pointee.pts &-= shift }
      if packet.pointee.dts != ff_nopts { packet.pointee.dts &-= shift }
    }
    av_packet_rescale_ts(packet, timeBase, stream.pointee.time_base)
    packet.pointee.pos = -1
    packet.pointee.stream_index = stream.pointee.index
    if packet.pointee.dts == ff_nopts { packet.pointee.dts = packet.pointee.pts }
    if let last = target.lastDecodingTime {
      let lowest = strictlyRising ? last &+ 1 : last
      if packet.pointee.dts == ff_nopts || packet.pointee.dts < lowest {
        repairs += 1
        packet.pointee.dts = lowest
        if packet.pointee.pts != ff_nopts { packet.pointee.pts = max(packet.pointee.pts, lowest) }
      }
    }
    if packet.pointee.dts != ff_nopts { target.lastDecodingTime = packet.pointee.dts }
    return true
  }
}

/// Takes the headers (ADTS) off AAC packets; the first one then brings the stream's header with it.
final class HeaderStripper {
  private var context: UnsafeMutablePointer<AVBSFContext>?

  init(_ stream: UnsafeMutablePointer<AVStream>) throws {
    try check(.allocateContext, "a bitstream filter") {
      av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &context)
    }
    try check(.copyParameters, "a bitstream filter") {
      avcodec_parameters_copy(context!.pointee.par_in, stream.pointee.codecpar)
    }
    context!.pointee.time_base_in = stream.pointee.time_base
    try check(.allocateContext, "a bitstream filter") { av_bsf_init(context) }
  }

  deinit { av_bsf_free(&context) }

  /// False where the packet is damaged.
  func strip(_ packet: UnsafeMutablePointer<AVPacket>) -> Bool {
    av_bsf_send_packet(context, packet) >= 0 && av_bsf_receive_packet(context, packet) >= 0
  }
}

/// What belongs to a file or stream besides its packets.
enum Carryover {
  /// Says what the input's container or encoder was, not what the output's is.
  private static let stale: Set<String> = [
    "major_brand", "minor_version", "compatible_brands", "encoder", "vendor_id", "duration",
    "number_of_frames", "number_of_bytes", "bps", "_statistics_writing_app",
    "_statistics_writing_date_utc", "_statistics_tags",
  ]
  /// A tag longer than this is no tag.
  private static let longestTag = 1 << 20

  static func metadata(_ from: OpaquePointer?, to result: inout OpaquePointer?) throws {
    var entry: UnsafeMutablePointer<AVDictionaryEntry>?
    while let next = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX) {
      entry = next
      // Matroska's statistics carry a language: "BPS-eng".
      let key = String(cString: next.pointee.key).lowercased()
      let plain = key.split(separator: "-").first.map(String.init) ?? key
      if stale.contains(plain) || strnlen(next.pointee.value, longestTag) == longestTag { continue }
      try check(.copyMetadata, "copying metadata") {
        av_dict_set(&result, next.pointee.key, next.pointee.value, 0)
      }
    }
  }

  /// Rotation, mastering display and the like.
  static func sideData(
    of stream: UnsafeMutablePointer<AVStream>, to result: UnsafeMutablePointer<AVStream>
  ) throws {
    let kept = [
      AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_DATA_STEREO3D, AV_PKT_DATA_SPHERICAL,
      AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
      AV_PKT_DATA_REPLAYGAIN, AV_PKT_DATA_AUDIO_SERVICE_TYPE,
    ]
    for kind in kept {
      var size = 0
      guard let data = av_stream_get_side_data(stream, kind, &size) else { continue }
      let copy = try checkedPointer(.copyMetadata, "copying side data") {
        av_stream_new_side_data(result, kind, size)
      }
      copy.update(from: data, count: size)
    }
  }

  static func chapters(
    of source: UnsafeMutablePointer<AVFormatContext>,
    to result: UnsafeMutablePointer<AVFormatContext>, origin: Int64?
  ) throws {
    let count = Int(source.pointee.nb_chapters)
    guard count > 0, let chapters = source.pointee.chapters else { return }
    let size = MemoryLayout<UnsafeMutablePointer<AVChapter>?>.stride
    let list = try checkedPointer(.copyMetadata, "copying chapters") {
      av_calloc(count, size)
    }.assumingMemoryBound(to: UnsafeMutablePointer<AVChapter>?.self)
    result.pointee.chapters = list
    for index in 0..<count {
      guard let chapter = chapters[index]?.pointee else { continue }
      let shift = origin.map { av_rescale_q($0, ff_time_base_q, chapter.time_base) } ?? 0
      if chapter.end <= shift { continue }
      let copy = try checkedPointer(.copyMetadata, "copying chapters") {
        av_mallocz(MemoryLayout<AVChapter>.stride)
      }.assumingMemoryBound(to: AVChapter.self)
      copy.pointee.id = chapter.id
      copy.pointee.time_base = chapter.time_base
      copy.pointee.start = max(0, chapter.start &- shift)
      copy.pointee.end = chapter.end &- shift
      list[Int(result.pointee.nb_chapters)] = copy
      result.pointee.nb_chapters += 1
      try metadata(chapter.metadata, to: &copy.pointee.metadata)
    }
  }
}
