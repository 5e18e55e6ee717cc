import Pipeline

/// The running pipeline's figures for those that are made before it: stages and observers.
final class RunFigures: @unchecked Sendable {
  /// Set once, between the pipeline's making and its run.
  var statistics: PipelineStatistics?

  /// Frames a second lately; nil before it is known.
  var framesPerSecond: Double? {
    guard let rate = statistics?.framesPerSecond, rate > 0 else { return nil }
    return rate
  }

  var framesDropped: Int { statistics?.framesDropped ?? 0 }
}
