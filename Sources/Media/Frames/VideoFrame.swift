import CFFmpeg

/// One picture: an `AVFrame` that this object owns. No raw FFmpeg pointer leaves `Media`;
/// other modules see planes of samples.
///
/// The samples are reference counted: frames may share them. Before drawing call
/// `makeWritable()`, which copies them only where somebody else still holds them.
public final class VideoFrame: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<AVFrame>
  /// Where a private copy of the samples comes from; nil: FFmpeg allocates one.
  var pool: FramePool?

  /// When the picture is shown, in ticks of `timeBase`; strictly rising from frame to frame.
  public internal(set) var presentationTime: Int64 = 0
  /// How long it is shown, in ticks; 0 where unknown.
  public internal(set) var duration: Int64 = 0
  /// Seconds a tick.
  public internal(set) var timeBase = Rational(1, 1)
  /// When the picture's data arrived here, on the monotonic clock.
  public internal(set) var captureTimeNanoseconds: UInt64 = 0

  public init() {
    guard let frame = av_frame_alloc() else { fatalError("out of memory") }
    pointer = frame
  }

  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = pointer
    av_frame_free(&frame)
  }

  /// When the picture is shown, in seconds of the input's clock.
  public var timeSeconds: Double { Double(presentationTime) * timeBase.value }

  public var width: Int { Int(pointer.pointee.width) }
  public var height: Int { Int(pointer.pointee.height) }
  public var format: PixelFormat { PixelFormat.of(AVPixelFormat(pointer.pointee.format)) }
  public var isInterlaced: Bool { pointer.pointee.interlaced_frame != 0 }
  public var isKeyFrame: Bool { pointer.pointee.key_frame != 0 }
  /// Holds no picture.
  public var isEmpty: Bool { pointer.pointee.buf.0 == nil }

  /// Samples use the full range (0...255) instead of the studio range (16...235).
  public var isFullRange: Bool {
    pointer.pointee.color_range == AVCOL_RANGE_JPEG || format.isFullRangeTwin
  }

  /// Luma weights (Kr, Kb) of the frame's YUV matrix; BT.601 when untagged and small, else BT.709.
  public var lumaWeights: (red: Double, blue: Double) {
    switch pointer.pointee.colorspace {
    case AVCOL_SPC_BT709: return (0.2126, 0.0722)
    case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: return (0.2627, 0.0593)
    case AVCOL_SPC_SMPTE240M: return (0.212, 0.087)
    case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M, AVCOL_SPC_FCC: return (0.299, 0.114)
    default: return height > 576 ? (0.2126, 0.0722) : (0.299, 0.114)
    }
  }

  /// Where plane `index` begins and how many bytes lie between its rows (may be negative).
  public func plane(_ index: Int) -> (base: UnsafeMutableRawPointer, bytesPerRow: Int)? {
    let data = pointer.pointee.data
    let lines = pointer.pointee.linesize
    let (base, line) =
      switch index {
      case 0: (data.0, lines.0)
      case 1: (data.1, lines.1)
      case 2: (data.2, lines.2)
      case 3: (data.3, lines.3)
      default: (nil, 0)
      }
    guard let base else { return nil }
    return (UnsafeMutableRawPointer(base), Int(line))
  }

  /// Lets go of the samples.
  public func clear() {
    av_frame_unref(pointer)
  }

  /// Shares `other`'s samples and takes over all that is known about them; nothing is copied.
  public func share(_ other: VideoFrame) throws {
    av_frame_unref(pointer)
    try check(.referenceFrame, "sharing a picture") { av_frame_ref(pointer, other.pointer) }
    pool = other.pool
    copyTimes(from: other)
  }

  /// Takes over time stamps, colour tags and side data, not the samples.
  public func copyProperties(from other: VideoFrame) throws {
    try check(.copyProperties, "copying a picture's properties") {
      av_frame_copy_props(pointer, other.pointer)
    }
    copyTimes(from: other)
  }

  func copyTimes(from other: VideoFrame) {
    presentationTime = other.presentationTime
    duration = other.duration
    timeBase = other.timeBase
    captureTimeNanoseconds = other.captureTimeNanoseconds
  }

  /// After this the samples are this frame's alone and may be drawn into.
  public func makeWritable() throws {
    if av_frame_is_writable(pointer) > 0 { return }
    if let pool, pool.fits(self) {
      try pool.replaceSamples(of: self)
      return
    }
    try check(.makeWritable, "copying a picture") { av_frame_make_writable(pointer) }
  }
}
