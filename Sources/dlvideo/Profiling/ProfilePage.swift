import Foundation

/// A session as one page with charts: the figures and the script that draws them are inside, so it
/// works offline and can be sent to somebody.
struct ProfilePage {
  let report: ProfileReport

  func write(_ path: String) throws {
    let file = try OutputFile(path, overwrites: true)
    try file.write(try html)
    try file.close()
  }

  private var html: String {
    get throws {
      let figures = String(decoding: try JSONEncoder().encode(data), as: UTF8.self)
        // Nothing in the data may end the script element.
        .replacingOccurrences(of: "<", with: "\\u003c")
      return """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>dlvideo profile</title>
        <style>\(Self.style)</style></head>
        <body><main></main>
        <script>const profile = \(figures);
        \(Self.script)</script></body></html>

        """
    }
  }

  /// What the script draws; its times are milliseconds.
  private struct PageData: Encodable {
    struct Stage: Encodable {
      var name: String
      var p50, p90, p99, max, share, busy, noInput, noRoom: Double
      var queue: [UInt64]
    }
    struct Point: Encodable {
      var seconds, fps: Double
    }

    var title: String
    var details: [String]
    var tiles: [[String]]
    var stages: [Stage]
    var frames: [[Double]]
    var frameNumbers: [Int]
    var latencies: [Double]
    var rates: [Point]
  }

  private var data: PageData {
    let session = report.session
    let summary = report.summary
    let total = max(1, summary.stages.map { Double($0.busyNanoseconds) }.reduce(0, +))
    let stages = summary.stages.enumerated().map { index, stage in
      let times = TimeSeries.stage(index, of: report)
      let life = max(1, Double(stage.threadNanoseconds))
      return PageData.Stage(
        name: stage.name, p50: times.quantile(0.5), p90: times.quantile(0.9),
        p99: times.quantile(0.99), max: times.quantile(1),
        share: Double(stage.busyNanoseconds) / total, busy: stage.utilization,
        noInput: Double(stage.waitsForInput.nanoseconds) / life,
        noRoom: Double(stage.waitsForRoom.nanoseconds) / life,
        queue: index == 0 ? [] : stage.fullness)
    }
    let latency = TimeSeries.latency(of: report)
    return PageData(
      title: session.input,
      details: [
        session.picture, "network \(session.network) \(session.precision)", session.kernels,
        "\(session.threads) threads", "\(session.processor), \(session.cores) cores",
        session.encoded ? "with the encoder" : "without the encoder", report.program,
      ],
      tiles: [
        ["\(summary.framesPerSecond.decimal(1))", "frames a second"],
        ["\(latency.quantile(0.5).decimal(0)) ms", "median latency"],
        ["\(summary.frames)", "frames in \(summary.wallSeconds.decimal(1)) s"],
        ["\(summary.droppedFrames)", "dropped"],
        [report.peakResidentBytes.byteCount, "peak memory"],
      ],
      stages: stages, frames: report.frames.map(\.stageMilliseconds),
      frameNumbers: report.frames.map(\.frame), latencies: latency.values,
      rates: summary.rates.filter { $0.length >= 0.25 }.map {
        .init(seconds: $0.seconds + $0.length / 2, fps: $0.framesPerSecond)
      })
  }
}
