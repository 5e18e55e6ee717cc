import CFFmpeg

/// Quality, speed and the like in the terms of each encoder.
enum EncoderSettings {
  /// Finds the encoder by its name ("libx265"), or by the codec's ("hevc").
  static func find(
    _ wanted: String?, for muxer: MuxerChoice, _ output: OutputFile
  ) throws -> UnsafePointer<AVCodec> {
    guard let wanted else {
      if let encoder = muxer.defaultEncoder(for: output) { return encoder }
      throw MediaError.wrongOption(
        what: "\(muxer.name) holds no video", advice: "choose another --format")
    }
    var found = avcodec_find_encoder_by_name(wanted)
    if found == nil, let codec = avcodec_descriptor_get_by_name(wanted) {
      found = avcodec_find_encoder(codec.pointee.id)
    }
    guard let found, found.pointee.type == AVMEDIA_TYPE_VIDEO else {
      throw MediaError.wrongOption(
        what: "this FFmpeg has no video encoder \"\(wanted)\"",
        advice: "`ffmpeg -encoders` lists those that it has")
    }
    guard muxer.takes(found.pointee.id) else {
      throw MediaError.wrongOption(
        what: "\(muxer.name) cannot hold \(String(cString: avcodec_get_name(found.pointee.id)))",
        advice: "choose another --codec or --format")
    }
    return found
  }

  /// The options for one opening.
  static func settings(
    for encoder: UnsafeMutablePointer<AVCodecContext>, _ codec: UnsafePointer<AVCodec>,
    _ options: MediaWriter.Options, _ frameRate: AVRational
  ) throws -> OptionSet {
    let name = String(cString: codec.pointee.name)
    var settings = OptionSet()
    let isX26 = name == "libx264" || name == "libx264rgb" || name == "libx265"
    if let preset = options.preset {
      if isX26 && !x26Presets.contains(preset) {
        throw MediaError.wrongOption(
          what: "\(name) has no preset \"\(preset)\"",
          advice: "it has " + x26Presets.joined(separator: ", "))
      }
      guard knows(encoder, "preset") else {
        throw MediaError.wrongOption(what: "the encoder \(name) has no presets", advice: "")
      }
      settings["preset"] = preset
    } else if isX26 {
      settings["preset"] = "veryfast"
    }
    try setQuality(&settings, encoder, codec, options)
    if options.isLowLatency && isX26 { settings["tune"] = "zerolatency" }
    if options.isLowLatency || options.isFragmented {
      // A key frame every other second at least (`KeyFrameClock` sees to it where frames are lost).
      let rate = frameRate.den > 0 ? av_q2d(frameRate) : 25
      let interval = Double(KeyFrameClock.seconds) * rate
      encoder.pointee.gop_size = Int32(min(max(interval, 1), 600).rounded())
      if isX26 { settings["forced-idr"] = "1" }
    }
    switch name {
    case "libvpx", "libvpx-vp9":
      settings["deadline"] = "realtime"
      settings["cpu-used"] = "6"
      if name == "libvpx-vp9" { settings["row-mt"] = "1" }
    case "libaom-av1":
      settings["cpu-used"] = "8"
      settings["row-mt"] = "1"
    case "libsvtav1":
      if options.preset == nil { settings["preset"] = "10" }
    case "libx265":
      settings["x265-params"] = "log-level=none"
    default: break
    }
    for (key, value) in options.encoderOptions { settings[key] = value }
    try settings.verify("opening the encoder \(name)")
    return settings
  }

  private static func setQuality(
    _ settings: inout OptionSet, _ encoder: UnsafeMutablePointer<AVCodecContext>,
    _ codec: UnsafePointer<AVCodec>, _ options: MediaWriter.Options
  ) throws {
    let name = String(cString: codec.pointee.name)
    if let bitrate = options.bitrate {
      guard bitrate > 0 else {
        throw MediaError.wrongOption(what: "a bitrate of \(bitrate)", advice: "")
      }
      encoder.pointee.bit_rate = Int64(bitrate)
      return
    }
    let hasCRF = knows(encoder, "crf")
    if let crf = options.crf {
      guard hasCRF else {
        throw MediaError.wrongOption(
          what: "the encoder \(name) has no constant quality (crf)", advice: "use --bitrate")
      }
      settings["crf"] = String(crf)
      if name.hasPrefix("libvpx") || name == "libaom-av1" { encoder.pointee.bit_rate = 0 }
      return
    }
    switch name {
    case "libx264", "libx264rgb", "libx265": settings["crf"] = "23"
    case "libvpx-vp9", "libaom-av1", "libsvtav1":
      settings["crf"] = "33"
      encoder.pointee.bit_rate = 0
    case "libvpx":
      settings["crf"] = "12"
      encoder.pointee.bit_rate = 4_000_000
    case "mpeg4", "libxvid", "mpeg2video", "mpeg1video", "mjpeg", "msmpeg4", "msmpeg4v2", "flv",
      "h263", "h263p", "wmv1", "wmv2":
      encoder.pointee.flags |= AV_CODEC_FLAG_QSCALE
      encoder.pointee.global_quality = 3 * FF_QP2LAMBDA
    case "libtheora":
      encoder.pointee.flags |= AV_CODEC_FLAG_QSCALE
      encoder.pointee.global_quality = 7 * FF_QP2LAMBDA
    default: break
    }
  }

  private static func knows(
    _ encoder: UnsafeMutablePointer<AVCodecContext>, _ option: String
  ) -> Bool {
    guard encoder.pointee.priv_data != nil else { return false }
    return av_opt_find(encoder.pointee.priv_data, option, nil, 0, 0) != nil
  }

  static func refuseUnknown(_ names: [String], _ owner: String) throws {
    // Set by us on suspicion.
    let unused = names.filter { !["tune", "preset", "crf"].contains($0) }
    if let first = unused.first {
      throw MediaError.wrongOption(what: "\(owner) has no option \"\(first)\"", advice: "")
    }
  }

  private static let x26Presets = [
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower",
    "veryslow", "placebo",
  ]
}
