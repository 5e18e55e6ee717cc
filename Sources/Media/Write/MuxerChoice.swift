import CFFmpeg

/// The container of an output, and what it takes.
struct MuxerChoice {
  let format: UnsafePointer<AVOutputFormat>
  let name: String

  /// By name where one is given, else by the output's scheme or extension.
  init(_ output: OutputFile, format wanted: String?) throws {
    let found: UnsafePointer<AVOutputFormat>?
    if let wanted {
      found = av_guess_format(wanted, nil, nil)
      if found == nil {
        throw MediaError.wrongOption(
          what: "this FFmpeg writes no format \"\(wanted)\"",
          advice: "`ffmpeg -muxers` lists those that it writes")
      }
    } else if let implied = Self.formatName(of: output) {
      found = av_guess_format(implied, nil, nil)
    } else {
      found = av_guess_format(nil, output.name, nil)
    }
    guard let found else {
      throw MediaError.wrongOption(
        what: "no format is known for the name \(output.name)",
        advice: "give it an extension such as .mp4 or say --format")
    }
    format = found
    name = String(cString: found.pointee.name)
  }

  private static func formatName(of output: OutputFile) -> String? {
    switch output.kind {
    case .standardOutput: return "mp4"
    case .pictures: return "image2"
    case .file: return nil
    case .url(let url):
      switch InputLocation.scheme(of: url) ?? "" {
      case "rtsp", "rtsps": return "rtsp"
      case "rtp": return "rtp_mpegts"
      case "udp", "srt", "tcp": return "mpegts"
      case let scheme where scheme.hasPrefix("rtmp"): return "flv"
      default: return nil
      }
    }
  }

  private func has(_ flag: Int32) -> Bool { format.pointee.flags & flag != 0 }

  /// Opens its own files or connections.
  var opensItself: Bool { has(AVFMT_NOFILE) }
  var wantsGlobalHeader: Bool { has(AVFMT_GLOBALHEADER) }
  /// Each picture may last as long as it likes. FFmpeg says so of few that do; MP4, streams and
  /// their segments store every picture's time too.
  var keepsVariableRate: Bool {
    has(AVFMT_VARIABLE_FPS) || has(AVFMT_NOTIMESTAMPS) || isMP4 || isRTP
      || ["rtp_mpegts", "hls", "dash", "segment", "stream_segment,ssegment"].contains(name)
  }
  var takesEqualTimes: Bool { has(AVFMT_TS_NONSTRICT) }
  var isImages: Bool { name == "image2" }
  var isRTP: Bool { ["rtsp", "rtp"].contains(name) }
  var isMP4: Bool { ["mp4", "mov", "ipod", "ismv", "3gp", "3g2", "psp", "f4v"].contains(name) }

  /// Whether a stream of this codec fits in; a container that does not say is believed to take it.
  func takes(_ codec: AVCodecID) -> Bool {
    let answer = avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL)
    if answer >= 0 { return answer == 1 }
    switch avcodec_get_type(codec) {
    case AVMEDIA_TYPE_VIDEO: return format.pointee.video_codec != AV_CODEC_ID_NONE
    case AVMEDIA_TYPE_AUDIO: return format.pointee.audio_codec != AV_CODEC_ID_NONE
    case AVMEDIA_TYPE_SUBTITLE: return format.pointee.subtitle_codec == codec
    default: return false
    }
  }

  /// The encoder to use where none is named: libx264 wherever H.264 is at home.
  func defaultEncoder(for output: OutputFile) -> UnsafePointer<AVCodec>? {
    let own = av_guess_codec(format, nil, output.name, nil, AVMEDIA_TYPE_VIDEO)
    let alsoTakeIt = ["mpegts", "rtsp", "rtp_mpegts", "rtp", "nut", "hls", "segment", "dash"]
    // Disc formats that a player knows with MPEG-2 only.
    let isDisc = ["mpeg", "vob", "dvd", "svcd", "vcd", "mpeg2video", "mpeg1video"].contains(name)
    let isAtHome =
      alsoTakeIt.contains(name)
      || (!isImages && !isDisc && avformat_query_codec(format, AV_CODEC_ID_H264, 0) == 1)
    if isAtHome, let encoder = avcodec_find_encoder_by_name("libx264") { return encoder }
    // Of the AV1 and VP9 encoders, the one that is fast enough.
    if own == AV_CODEC_ID_VP9 { return avcodec_find_encoder_by_name("libvpx-vp9") }
    return own == AV_CODEC_ID_NONE ? nil : avcodec_find_encoder(own)
  }

  /// The tag to give a copied stream: its own where the container knows it, else the container's.
  func tag(for parameters: AVCodecParameters) -> UInt32 {
    guard let tags = format.pointee.codec_tag else { return parameters.codec_tag }
    if av_codec_get_id(tags, parameters.codec_tag) == parameters.codec_id {
      return parameters.codec_tag
    }
    var own: UInt32 = 0
    return av_codec_get_tag2(tags, parameters.codec_id, &own) == 0 ? parameters.codec_tag : 0
  }
}
