import Foundation
import Pipeline

/// The numbers of one profiling session: what the table, the JSON file, the page and a comparison
/// are made of.
struct ProfileReport: Codable {
  struct Session: Codable {
    var input: String
    var picture: String
    var encoded: Bool
    var network: String
    var precision: String
    var threads: Int
    var kernels: String
    var cores: Int
    var processor: String
  }

  var program = DLVideo.configuration.version
  var session: Session
  var summary: RunSummary
  var peakResidentBytes: Int64
  /// The clocks of frames, each of `frameStep` one; the warm-up is not among them.
  var frames: [FrameHistory<FrameSlot>.Row]
  var frameStep: Int

  var stageNames: [String] { summary.stages.map(\.name) }

  func write(_ path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let file = try OutputFile(path, overwrites: true)
    try file.write(Array(try encoder.encode(self)))
    try file.close()
  }

  static func read(_ path: String) throws -> ProfileReport {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure(.noSuchInput, "cannot read \(path): No such file or directory")
    }
    guard let report = try? JSONDecoder().decode(ProfileReport.self, from: data) else {
      throw Failure(
        .badInput, "\(path) is no profile: make one by 'dlvideo profile <input> --json \(path)'")
    }
    return report
  }
}

/// Milliseconds of one stage (or of the latency) over the frames of a session.
package struct TimeSeries {
  let values: [Double]

  package init(_ values: [Double]) { self.values = values }

  static func stage(_ index: Int, of report: ProfileReport) -> TimeSeries {
    TimeSeries(report.frames.map { $0.stageMilliseconds[index] })
  }

  static func latency(of report: ProfileReport) -> TimeSeries {
    TimeSeries(report.frames.map(\.latencyMilliseconds))
  }

  package var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

  /// The `p` quantile by the nearest rank, 0 without values.
  package func quantile(_ p: Double) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, max(0, Int((p * Double(sorted.count)).rounded(.up)) - 1))]
  }

  /// How far the median would stray from session to session: the spread of the medians of eight
  /// stretches of the session, over the root of their number. Stretches, because neighbouring
  /// frames are not independent.
  package var medianError: Double {
    let stretches = min(8, values.count / 4)
    guard stretches > 1 else { return .infinity }
    let medians = (0..<stretches).map { index in
      let range = index * values.count / stretches..<(index + 1) * values.count / stretches
      return TimeSeries(Array(values[range])).quantile(0.5)
    }
    let mean = medians.reduce(0, +) / Double(stretches)
    let variance =
      medians.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(stretches - 1)
    return (variance / Double(stretches)).squareRoot()
  }
}
