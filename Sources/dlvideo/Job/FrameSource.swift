import Media

/// Where a job's pictures come from: the input, from its first picture to its end, a limit, a
/// stop or a break.
final class FrameSource: @unchecked Sendable {
  let reader: MediaReader
  /// The first picture, read before anything is created: what yields none leaves no output.
  let first = VideoFrame()
  /// Pictures handed out so far.
  private(set) var frameCount = 0
  /// Why the input ended before its end.
  private(set) var breakage: MediaError?

  private let frameLimit: Int?
  private var hasFirst = true

  init(_ input: String, part: InputOptions, live: LiveOptions, options: MediaReader.Options) throws {
    var options = options
    options.start = part.start?.seconds
    options.duration = part.duration?.seconds
    if live.live {
      options.isLive = true
      options.isRealtime = true
    }
    frameLimit = part.frames
    reader = try MediaReader(input, options: options)
    guard try reader.read(into: first) else {
      throw Failure(
        .badInput,
        "cannot read \(input): no picture in "
          + (part.start == nil && part.duration == nil
            ? "its video stream" : "the part that --start and --duration choose"))
    }
  }

  /// The next picture; false at the end, which a break or a stop counts as.
  func next(into frame: VideoFrame) throws -> Bool {
    if let frameLimit, frameCount >= frameLimit { return false }
    if hasFirst {
      hasFirst = false
      try frame.share(first)
      first.clear()
    } else {
      do {
        guard try reader.read(into: frame) else { return false }
      } catch let error as MediaError {
        switch error.cause {
        case .badInput, .noSuchInput:
          breakage = error
          return false
        case .cancelled: return false
        default: throw error
        }
      }
    }
    frameCount += 1
    return true
  }

  /// What a progress line can be measured against.
  func progress(part: InputOptions) -> ProgressLine {
    var line = ProgressLine()
    let video = reader.video
    guard !video.isLive else {
      line.totalFrames = part.frames
      return line
    }
    line.startSeconds = part.start?.seconds ?? 0
    let rest = video.durationSeconds.map { max(0, $0 - line.startSeconds) }
    line.totalSeconds = [part.duration?.seconds, rest].compactMap { $0 }.min()
    if part.start == nil && part.duration == nil { line.totalFrames = video.frameCount }
    if let limit = part.frames {
      line.totalFrames = min(limit, line.totalFrames ?? limit)
      // With a limit in frames, frames are what tells how far the job is.
      line.totalSeconds = nil
    }
    return line
  }
}
