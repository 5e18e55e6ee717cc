extension MediaWriter {
  /// How an output is written.
  public struct Options: Sendable {
    /// An encoder's name; nil: libx264, or what the container wants instead.
    public var codec: String?
    /// Constant quality, where the encoder knows it; nil: 23 for libx264 and libx265.
    public var crf: Double?
    /// nil: `veryfast` for libx264 and libx265.
    public var preset: String?
    /// Bits a second; instead of constant quality.
    public var bitrate: Int?
    /// The container; nil: by the output's extension or scheme.
    public var format: String?
    /// Copies audio, subtitles and chapters.
    public var copiesOtherStreams = true
    /// MP4 in fragments: readable up to the last one even after a power cut.
    public var isFragmented = false
    /// Encodes each frame at once, at some cost in size.
    public var isLowLatency = false
    /// Replaces an existing file.
    public var overwrites = false
    /// Encoder threads; 0: the encoder chooses.
    public var encoderThreads = 0
    /// Longest wait for a network output.
    public var timeoutSeconds: Double = 30
    /// More options by FFmpeg's names, tried on the encoder, then on the muxer.
    public var encoderOptions: [String: String] = [:]
    public var muxerOptions: [String: String] = [:]

    public init() {}
  }
}
