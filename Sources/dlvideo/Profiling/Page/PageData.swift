/// What the page's script draws; its times are milliseconds, its rates billions a second.
struct PageData: Encodable {
  struct Stage: Encodable {
    var name: String
    var p50, p90, p99, max, share, busy, onCore, noInput, noRoom: Double
    var queue: [UInt64]
  }
  struct Layer: Encodable {
    var name, stage: String
    var p50, p90, p99, max, core, share, gflops, gbytes, intensity, ofRoof: Double
  }
  struct Peak: Encodable {
    var name: String
    var gflops: Double
  }
  struct Point: Encodable {
    var seconds, fps: Double
  }
  struct Cores: Encodable {
    var name: String
    var busy: Double
  }

  var title: String
  var details: [String]
  var tiles: [[String]]
  var stages: [Stage]
  var layers: [Layer]
  /// The session's arithmetic first.
  var peaks: [Peak]
  var bandwidth: Double
  var threads: Int
  var cores: [Cores]
  var coreCount: Int
  var frames: [[Double]]
  var frameNumbers: [Int]
  var latencies: [Double]
  var rates: [Point]
}

extension PageData {
  init(_ report: ProfileReport) {
    let session = report.session
    let summary = report.summary
    let latency = TimeSeries.latency(of: report)
    title = session.input
    details = [
      session.picture, "network \(session.network) \(session.precision)", session.kernels,
      "\(session.threads) threads", "\(session.processor), \(session.cores) cores",
      session.encoded ? "with the encoder" : "without the encoder", report.program,
    ]
    tiles = [
      [summary.framesPerSecond.decimal(1), "frames a second"],
      ["\(latency.median.decimal(0)) ms", "median latency"],
      ["\(summary.frames)", "frames in \(summary.wallSeconds.decimal(1)) s"],
      ["\(summary.droppedFrames)", "frames dropped"],
      [report.peakResidentBytes.byteCount, "peak memory"],
    ]
    stages = Self.stages(report)
    layers = LayerFigures.all(report).filter { $0.core > 0 }.map { Layer($0) }
    peaks = report.peak.operationsPerCore.sorted { $0.value < $1.value }.map {
      Peak(name: $0.key, gflops: $0.value / 1e9)
    }
    let own = peaks.firstIndex { $0.name == session.precision } ?? 0
    if !peaks.isEmpty { peaks.insert(peaks.remove(at: own), at: 0) }
    bandwidth = report.peak.bytesPerCore / 1e9
    threads = report.peak.threads
    cores = Self.cores(report)
    coreCount = session.cores
    frames = report.frames.map(\.stageMilliseconds)
    frameNumbers = report.frames.map(\.frame)
    latencies = latency.values
    rates = summary.rates.filter { $0.length >= 0.25 }.map {
      .init(seconds: $0.seconds + $0.length / 2, fps: $0.framesPerSecond)
    }
  }

  private static func stages(_ report: ProfileReport) -> [Stage] {
    let stages = report.summary.stages
    let total = max(1, stages.map { Double($0.busyNanoseconds) }.reduce(0, +))
    return stages.enumerated().map { index, stage in
      let times = TimeSeries.stage(index, of: report)
      let life = max(1, Double(stage.threadNanoseconds))
      return Stage(
        name: stage.name, p50: times.median, p90: times.quantile(0.9), p99: times.quantile(0.99),
        max: Double(stage.durations.max) / 1e6, share: Double(stage.busyNanoseconds) / total,
        busy: stage.utilization, onCore: stage.occupancy,
        noInput: Double(stage.waitsForInput.nanoseconds) / life,
        noRoom: Double(stage.waitsForRoom.nanoseconds) / life,
        queue: index == 0 ? [] : stage.fullness)
    }
  }

  /// Who had how many of the cores.
  private static func cores(_ report: ProfileReport) -> [Cores] {
    let wall = max(1e-9, report.summary.wallSeconds)
    let stages = report.summary.stages.map {
      Cores(name: $0.name, busy: Double($0.cpuNanoseconds) / 1e9 / wall)
    }
    let others = report.threads.map {
      Cores(
        name: $0.threads == 1 ? $0.name : "\($0.threads) × \($0.name)",
        busy: $0.coreSeconds / wall)
    }
    return stages + others + [Cores(name: "other programs", busy: report.otherSeconds / wall)]
  }
}

extension PageData.Layer {
  init(_ figures: LayerFigures) {
    self.init(
      name: figures.layer.name, stage: figures.layer.stage, p50: figures.wall.median,
      p90: figures.wall.quantile(0.9), p99: figures.wall.quantile(0.99),
      max: figures.layer.maxMilliseconds, core: figures.core, share: figures.share,
      gflops: figures.operationsPerSecond / 1e9, gbytes: figures.bytesPerSecond / 1e9,
      intensity: figures.intensity, ofRoof: figures.ofRoof)
  }
}
