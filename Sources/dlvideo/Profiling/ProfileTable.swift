import Pipeline

/// A session as text: what an engineer looks at to find the next frame a second.
struct ProfileTable {
  let report: ProfileReport

  var lines: [String] {
    let session = report.session
    let summary = report.summary
    return [
      "\(session.input): \(session.picture), \(summary.frames) frames in "
        + "\(summary.wallSeconds.decimal(2)) s, "
        + (session.encoded ? "encoded" : "not encoded"),
      "network \(session.network) \(session.precision) (\(session.kernels)), "
        + "\(session.threads) threads; \(session.processor), \(session.cores) cores",
      "",
      "\(summary.framesPerSecond.decimal(1)) fps" + drops
        + ", peak memory \(report.peakResidentBytes.byteCount)",
      "",
    ] + stages + ["", latency, rates]
  }

  private var drops: String {
    report.summary.droppedFrames > 0 ? ", \(report.summary.droppedFrames) frames dropped" : ""
  }

  /// Per stage: the time a frame takes, its share of all work, the part of the run the stage was at
  /// work, waited for frames and waited for room, and how full the ring before it was.
  private var stages: [String] {
    let header =
      "stage".padded(12)
      + ["p50 ms", "p90", "p99", "max", "share", "busy", "no input", "no room", "queue"]
      .map { $0.leftPadded(9) }.joined()
    let total = report.summary.stages.map { Double($0.busyNanoseconds) }.reduce(0, +)
    let rows = report.summary.stages.enumerated().map { index, stage in
      let times = TimeSeries.stage(index, of: report)
      let life = max(1, Double(stage.threadNanoseconds))
      let cells =
        [0.5, 0.9, 0.99, 1].map { times.quantile($0).decimal(2) } + [
          Self.percent(Double(stage.busyNanoseconds) / max(1, total)),
          Self.percent(stage.utilization),
          Self.percent(Double(stage.waitsForInput.nanoseconds) / life),
          Self.percent(Double(stage.waitsForRoom.nanoseconds) / life),
          index == 0 ? "-" : "\(stage.meanFullness.decimal(1))/\(stage.fullness.count - 1)",
        ]
      return stage.name.padded(12) + cells.map { $0.leftPadded(9) }.joined()
    }
    return [header] + rows
  }

  private var latency: String {
    let times = TimeSeries.latency(of: report)
    return "latency     "
      + zip(["p50", "p90", "p99", "max"], [0.5, 0.9, 0.99, 1])
      .map { "\($0) \(times.quantile($1).decimal(1)) ms" }.joined(separator: "   ")
  }

  /// Frames a second over the run, as a row of bars with its least and greatest value.
  private var rates: String {
    let values = report.summary.rates.filter { $0.length >= 0.5 }.map(\.framesPerSecond)
    guard let least = values.min(), let most = values.max(), most > 0 else {
      return "fps         too short a run to tell how it went over time"
    }
    let bars = Array("▁▂▃▄▅▆▇█")
    let step = max(1, (values.count + 59) / 60)
    let columns = stride(from: 0, to: values.count, by: step).map { index in
      let part = values[index..<min(values.count, index + step)]
      return bars[min(7, Int(part.reduce(0, +) / Double(part.count) / most * 7.99))]
    }
    return "fps         \(String(columns))  \(least.decimal(1)) to \(most.decimal(1))"
  }

  static func percent(_ part: Double) -> String { (100 * part).decimal(1) + "%" }
}
