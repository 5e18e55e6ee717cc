import CFFmpeg

/// The container's options.
enum MuxerSettings {
  static func settings(
    for muxer: Muxer, _ output: OutputFile, _ options: MediaWriter.Options, isLive: Bool
  ) throws(MediaError) -> OptionSet {
    var settings = OptionSet()
    let choice = muxer.choice
    if options.isFragmented && choice.isMP4 {
      // With empty_moov instead there would be no edit list, and every time stamp would move by
      // the encoder's reordering delay.
      settings["movflags"] = "frag_keyframe+delay_moov+default_base_moof"
    }
    if options.isFragmented || isLive {
      // What is complete goes to the system at once, where no crash of ours can lose it.
      muxer.context.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS
    }
    if choice.isImages, case .file = output.kind { settings["update"] = "1" }
    if choice.name == "hls" && isLive {
      // It runs for days: what has left the list is deleted a little later.
      settings["hls_flags"] = "delete_segments"
    } else if choice.name == "hls" {
      settings["hls_list_size"] = "0"
    }
    if choice.name == "rtsp" { settings["rtsp_transport"] = "tcp" }
    for (name, value) in options.muxerOptions { settings[name] = value }
    try settings.verify("opening \(output.name)")
    return settings
  }
}
