import ArgumentParser
import Media

/// Where the annotated video goes.
struct DestinationOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where the annotated video goes.", valueName: "output"))
  var output: String?

  @Flag(name: [.customShort("y"), .customLong("overwrite")], help: "Overwrite existing files.")
  var overwrite = false
}

/// How the annotated video is encoded.
struct EncodingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Video encoder, by FFmpeg's name (default: H.264, or what the container wants).",
      valueName: "name"))
  var codec: String?

  @Option(help: ArgumentHelp("Constant quality, 0 best to 51 (default: 23).", valueName: "n"))
  var crf: Double?

  @Option(
    help: ArgumentHelp(
      "The encoder's speed against size (default: veryfast).", valueName: "name"))
  var preset: String?

  @Option(
    help: ArgumentHelp("Bits a second in place of a quality, as 800k or 2.5M.", valueName: "rate"))
  var bitrate: BitRate?

  @Option(
    help: ArgumentHelp(
      "Container, by FFmpeg's name (default: by the output's extension).", valueName: "name"))
  var format: String?

  @Flag(
    help:
      "Write MP4 in fragments, which play even when the end is missing; live output does so without it."
  )
  var fragmented = false

  @Flag(help: "Leave out audio and the other streams, which are otherwise copied.")
  var noAudio = false

  func validate() throws {
    if crf != nil && bitrate != nil {
      throw ValidationError("--crf and --bitrate exclude each other; give one of them")
    }
    if let crf, !(0...63).contains(crf) {
      throw ValidationError("--crf \(crf.decimal(0)): give a quality from 0 (best) to 51")
    }
  }
}

extension EncodingOptions {
  /// - Parameter threads: the worker threads of the network, of which the encoder may take half.
  func writerOptions(overwrites: Bool, isLive: Bool, threads: Int) -> MediaWriter.Options {
    var options = MediaWriter.Options()
    options.codec = codec
    options.crf = crf
    options.preset = preset
    options.bitrate = bitrate.map { Int($0.bitsPerSecond) }
    options.format = format
    options.copiesOtherStreams = !noAudio
    options.isFragmented = fragmented || isLive
    options.isLowLatency = isLive
    options.overwrites = overwrites
    options.encoderThreads = max(1, min(8, threads / 2))
    return options
  }
}
