/// The line that a viewer of the job watches: frame, time, fps, speed, time left, drops.
package struct ProgressLine {
  package init() {}

  /// Frames of the whole job, when the input tells.
  package var totalFrames: Int?
  /// Seconds of the input that the job covers, when the input tells.
  package var totalSeconds: Double?
  /// Where the job begins in the input, seconds.
  package var startSeconds = 0.0

  /// The time stamp that counts as zero, seconds.
  package var originSeconds = 0.0

  /// Frames written so far.
  package var frames = 0
  /// Time stamp of the latest frame, seconds.
  package var mediaSeconds = 0.0
  /// Time since the first frame went in, seconds.
  package var elapsedSeconds = 0.0
  /// Frames a second over the latest few seconds.
  package var recentFPS: Double?
  package var drops = 0

  /// Frames a second: the recent figure, else the mean.
  var fps: Double { recentFPS ?? (elapsedSeconds > 0 ? Double(frames) / elapsedSeconds : 0) }

  /// Seconds of video a second of work; nil before anything is known.
  var speed: Double? {
    elapsedSeconds > 0 && mediaSeconds > startSeconds
      ? (mediaSeconds - startSeconds) / elapsedSeconds : nil
  }

  /// The done part, 0...1, by frames where their number is known, else by time.
  var fraction: Double? {
    if let totalFrames, totalFrames > 0 { return min(1, Double(frames) / Double(totalFrames)) }
    if let totalSeconds, totalSeconds > 0 {
      return min(1, max(0, (mediaSeconds - startSeconds) / totalSeconds))
    }
    return nil
  }

  /// Seconds left at the mean speed so far.
  var secondsLeft: Double? {
    guard let fraction, fraction > 0, elapsedSeconds > 0 else { return nil }
    return elapsedSeconds * (1 - fraction) / fraction
  }

  package var text: String {
    var parts: [String] = []
    let total = totalFrames.map { "/\(max($0, frames))" } ?? ""
    parts.append("frame \(frames)\(total)")
    let end = totalSeconds.map { "/" + (startSeconds + $0).clock } ?? ""
    parts.append(mediaSeconds.clock + end)
    if let fraction { parts.append("\(Int(fraction * 100))%") }
    parts.append(fps.decimal(1) + " fps")
    if let speed { parts.append(speed.decimal(2) + "x") }
    if let secondsLeft { parts.append("ETA " + secondsLeft.clock) }
    parts.append("drops \(drops)")
    return parts.joined(separator: "  ")
  }
}
