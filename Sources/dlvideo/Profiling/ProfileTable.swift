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
      "\(summary.framesPerSecond.decimal(1)) fps, \(summary.droppedFrames) frames dropped, "
        + "peak memory \(report.peakResidentBytes.byteCount)",
      "",
    ] + stages + ["", latency, rates, "", threads, ""] + layers
  }

  /// Per stage: the time a frame takes, its share of all work, the part of the run the stage was at
  /// work, its own thread on a core, waited for frames and waited for room, and how full the ring
  /// before it was.
  private var stages: [String] {
    let header =
      "stage".padded(12)
      + ["p50 ms", "p90", "p99", "max", "share", "busy", "on core", "no input", "no room", "queue"]
      .map { $0.leftPadded(9) }.joined()
    let total = report.summary.stages.map { Double($0.busyNanoseconds) }.reduce(0, +)
    let rows = report.summary.stages.enumerated().map { index, stage in
      let times = TimeSeries.stage(index, of: report)
      let life = max(1, Double(stage.threadNanoseconds))
      let cells =
        [0.5, 0.9, 0.99].map { times.quantile($0).decimal(2) } + [
          (Double(stage.durations.max) / 1e6).decimal(2),
          Self.percent(Double(stage.busyNanoseconds) / max(1, total)),
          Self.percent(stage.utilization), Self.percent(stage.occupancy),
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

  /// Whose the cores were.
  private var threads: String {
    let wall = max(1e-9, report.summary.wallSeconds)
    let used = report.processSeconds / wall
    let stages = report.summary.stages.reduce(0) { $0 + Double($1.cpuNanoseconds) / 1e9 } / wall
    let others = report.threads.map {
      "\($0.name) \(($0.coreSeconds / wall).decimal(2)) (\($0.threads))"
    }
    let parts = ["stages \(stages.decimal(2)) (\(report.summary.stages.count))"] + others
    return "cores       \(used.decimal(2)) of \(report.session.cores) busy: "
      + parts.joined(separator: ", ")
      + "; other programs \((report.otherSeconds / wall).decimal(2))"
  }

  /// Per layer of the network: its time on the wall; then of the cores' time: its share, and the
  /// rates a core reaches in it beside what the roofline allows.
  private var layers: [String] {
    let figures = LayerFigures.all(report)
    guard figures.contains(where: { $0.core > 0 }) else { return [] }
    let header =
      "layer".padded(28)
      + ["p50 ms", "p90", "p99", "max", "share", "GFLOP/s", "GB/s", "of roof"]
      .map { $0.leftPadded(9) }.joined()
    let rows = figures.map { figure in
      let cells =
        [0.5, 0.9, 0.99].map { figure.wall.quantile($0).decimal(3) } + [
          figure.layer.maxMilliseconds.decimal(3), Self.percent(figure.share),
          (figure.operationsPerSecond / 1e9).decimal(1), (figure.bytesPerSecond / 1e9).decimal(1),
          Self.percent(figure.ofRoof),
        ]
      return figure.layer.name.padded(28) + cells.map { $0.leftPadded(9) }.joined()
    }
    return [header] + rows + ["", roof(figures)]
  }

  /// `a core, of 2 busy: 212 of 460 GFLOP/s in bf16 over all layers; ...`
  private func roof(_ figures: [LayerFigures]) -> String {
    let core = figures.reduce(0) { $0 + $1.core }
    let operations = figures.reduce(0) { $0 + Double($1.layer.operations) }
    let peaks = report.peak.operationsPerCore.sorted { $0.value < $1.value }
      .map { "\($0.key) \(($0.value / 1e9).decimal(0))" }.joined(separator: ", ")
    return "rates are a core's, in the time it spends on the layer: "
      + "\((operations / core / 1e6).decimal(0)) GFLOP/s over all, \(core.decimal(1)) ms a frame\n"
      + "its peak with \(report.peak.threads) busy: \(peaks) GFLOP/s; memory "
      + "\((report.peak.bytesPerCore / 1e9).decimal(1)) GB/s"
  }

  static func percent(_ part: Double) -> String { (100 * part).decimal(1) + "%" }
}
