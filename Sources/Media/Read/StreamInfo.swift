/// What the video stream of an input is.
public struct VideoStreamInfo: Sendable {
  /// Stored size in pixels (before turning upright).
  public var width: Int
  public var height: Int
  public var pixelFormat: PixelFormat
  /// Seconds a tick of `VideoFrame.presentationTime`.
  public var timeBase: Rational
  /// Frames a second on average; 0/1 where unknown.
  public var averageFrameRate: Rational
  /// Pixel width / pixel height; 1/1 where unknown.
  public var sampleAspectRatio: Rational
  public var orientation: Orientation
  public var durationSeconds: Double?
  /// The container's count of frames, where it has one, or an estimate from the duration.
  public var frameCount: Int?
  public var codecName: String
  /// A camera or network stream: frames that come too fast must be dropped, not waited for.
  public var isLive: Bool
  public var isInterlaced: Bool

  public init(
    width: Int, height: Int, pixelFormat: PixelFormat, timeBase: Rational,
    averageFrameRate: Rational, sampleAspectRatio: Rational, orientation: Orientation,
    durationSeconds: Double?, frameCount: Int?, codecName: String, isLive: Bool,
    isInterlaced: Bool
  ) {
    self.width = width
    self.height = height
    self.pixelFormat = pixelFormat
    self.timeBase = timeBase
    self.averageFrameRate = averageFrameRate
    self.sampleAspectRatio = sampleAspectRatio
    self.orientation = orientation
    self.durationSeconds = durationSeconds
    self.frameCount = frameCount
    self.codecName = codecName
    self.isLive = isLive
    self.isInterlaced = isInterlaced
  }
}

/// A stream that is not the parsed video.
public struct StreamInfo: Sendable {
  public enum Kind: String, Sendable { case audio, video, subtitle, picture, data }
  public var index: Int
  public var kind: Kind
  public var codecName: String
  /// ISO 639 code, where the container says.
  public var language: String?
}

/// What was put up with while reading; each kind is counted, so that a caller warns once.
public struct ReadWarnings: Sendable, Equatable {
  /// Packets that the decoder refused or that came damaged; decoding went on.
  public var corruptPackets = 0
  /// Pictures shown in spite of decoding errors in them.
  public var damagedFrames = 0
  /// Missing, repeated or backward time stamps that were replaced.
  public var repairedTimestamps = 0
  /// Jumps of the source's clock that were bridged.
  public var clockJumps = 0
  /// Packets of other streams dropped because nobody took them in time.
  public var droppedPackets = 0
  /// Times that a live source was opened again.
  public var reconnects = 0

  public init() {}

  public var isEmpty: Bool { self == ReadWarnings() }
}
