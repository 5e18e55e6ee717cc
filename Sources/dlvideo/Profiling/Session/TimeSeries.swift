/// Milliseconds of one stage (or layer, or of the latency) over the frames of a session.
package struct TimeSeries {
  let values: [Double]
  private let sorted: [Double]

  package init(_ values: [Double]) {
    self.values = values
    sorted = values.sorted()
  }

  static func stage(_ index: Int, of report: ProfileReport) -> TimeSeries {
    TimeSeries(report.frames.map { $0.stageMilliseconds[index] })
  }

  static func latency(of report: ProfileReport) -> TimeSeries {
    TimeSeries(report.frames.map(\.latencyMilliseconds))
  }

  /// Milliseconds from one finished frame to the next.
  static func intervals(of report: ProfileReport) -> TimeSeries {
    TimeSeries(
      zip(report.frames, report.frames.dropFirst()).map {
        ($1.seconds - $0.seconds) * 1000 / Double(report.frameStep)
      })
  }

  package var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

  /// The `p` quantile by the nearest rank, 0 without values.
  package func quantile(_ p: Double) -> Double {
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, max(0, Int((p * Double(sorted.count)).rounded(.up)) - 1))]
  }

  package var median: Double { quantile(0.5) }

  /// How far the median would stray from session to session: the spread of the medians of eight
  /// stretches of the session, over the root of their number. Stretches, because neighbouring
  /// frames are not independent.
  package var medianError: Double { error { $0.median } }

  /// The same for the mean.
  package var meanError: Double { error { $0.mean } }

  private func error(_ middle: (TimeSeries) -> Double) -> Double {
    let stretches = min(8, values.count / 4)
    guard stretches > 1 else { return .infinity }
    let middles = (0..<stretches).map { index in
      let range = index * values.count / stretches..<(index + 1) * values.count / stretches
      return middle(TimeSeries(Array(values[range])))
    }
    let mean = middles.reduce(0, +) / Double(stretches)
    let variance =
      middles.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(stretches - 1)
    return (variance / Double(stretches)).squareRoot()
  }
}
