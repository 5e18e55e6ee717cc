import Media

/// Where a job's pictures come from: the input, from its first picture to its end, a limit, a
/// stop or a break.
final class FrameSource: @unchecked Sendable {
  let reader: MediaReader
  /// The first picture, read before anything is created: what yields none leaves no output.
  let first = VideoFrame()
  /// Pictures handed out so far, those that were dropped later among them.
  private(set) var frameCount = 0
  /// Why the input ended before its end.
  private(set) var breakage: MediaError?

  private let part: InputOptions
  private var hasFirst = true
  private var firstSeconds = 0.0
  /// Frames that did not go through; a limit in frames counts those that do.
  var framesDropped: () -> Int = { 0 }

  /// Opens the input; no picture is decoded yet.
  init(
    _ input: String, part: InputOptions, live: LiveOptions, options: MediaReader.Options
  ) throws {
    var options = options
    options.start = part.start?.seconds
    options.duration = part.duration?.seconds
    options.reconnectAttempts = live.reconnect
    if let timeout = live.timeout { options.timeoutSeconds = timeout }
    if live.live {
      options.isLive = true
      options.isRealtime = true
    }
    self.part = part
    reader = try MediaReader(input, options: options)
  }

  /// Decodes `first`.
  func readFirst() throws {
    // The duration is that of the part asked for.
    if let start = part.start?.seconds, let left = reader.video.durationSeconds, left <= 0 {
      throw Failure(
        .badInput, "cannot read \(reader.input): it ends before --start \(start.decimal(2)) s")
    }
    guard try reader.read(into: first) else {
      let place =
        part.start == nil && part.duration == nil
        ? "its video stream" : "the part that --start and --duration choose"
      throw Failure(.badInput, "cannot read \(reader.input): no picture in \(place)")
    }
    firstSeconds = first.timeSeconds
  }

  /// The next picture; false at the end, which a break or a stop counts as.
  func next(into frame: VideoFrame) throws -> Bool {
    if let limit = part.frames, frameCount - framesDropped() >= limit { return false }
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

  /// The pictures' width over height as a viewer sees them.
  var displayAspect: Double {
    let video = reader.video
    let ratio = video.sampleAspectRatio.isDefined ? video.sampleAspectRatio.value : 1
    let stored = Double(first.width) * ratio / Double(first.height)
    return video.orientation.quarterTurns % 2 == 0 ? stored : 1 / stored
  }

  /// The time stamp that counts as zero in what is shown: a live source's clock began long ago.
  var originSeconds: Double { reader.video.isLive ? firstSeconds : 0 }

  /// What a progress line can be measured against.
  var progress: ProgressLine {
    var line = ProgressLine()
    let video = reader.video
    guard !video.isLive else {
      line.totalFrames = part.frames
      line.originSeconds = originSeconds
      return line
    }
    line.startSeconds = part.start?.seconds ?? 0
    line.totalSeconds = video.durationSeconds
    line.totalFrames = video.frameCount
    if let limit = part.frames {
      line.totalFrames = min(limit, line.totalFrames ?? limit)
      // With a limit in frames, frames are what tells how far the job is.
      line.totalSeconds = nil
    }
    return line
  }
}
