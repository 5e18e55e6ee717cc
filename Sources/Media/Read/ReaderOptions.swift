extension MediaReader {
  /// How an input is read. The defaults suit a file.
  public struct Options: Sendable {
    /// Where to begin, in seconds from the input's own beginning.
    public var start: Double?
    /// How much to read, in seconds.
    public var duration: Double?
    /// The container or device to assume instead of guessing ("mpegts", "rawvideo", ...).
    public var format: String?
    /// Frames a second of an image pattern; others know their own.
    public var imageFrameRate: String?
    /// Protocols that the input may open, comma separated; nil derives them from the input's
    /// name so that a playlist can open no more than what its user named.
    public var protocolWhitelist: String?
    /// Hosts besides the input's own that a network playlist may name.
    public var allowedHosts: [String] = []
    /// Longest silence of a source before it counts as dead; 0 waits for ever.
    public var timeoutSeconds: Double = 30
    /// Hands frames over no faster than their time stamps say (a file played as a camera).
    public var isRealtime = false
    /// Decoder threads; 0 chooses: half the cores, 1 to 8, and at least 2 where there are 2.
    public var decoderThreads = 0
    /// Reads a live source: no frame is held back in the decoder. nil: cameras and network
    /// streams are live.
    public var isLive: Bool?
    /// Audio, subtitles and such are read too and go to `packetSink`.
    public var wantsOtherStreams = true
    /// A live source that fails is opened again, this many times in a row at most; 0 never.
    public var reconnectAttempts = 0
    /// More options for the demuxer or protocol by FFmpeg's names.
    public var demuxerOptions: [String: String] = [:]

    public init() {}
  }
}
