import Foundation
import Inference
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

  /// A layer of the network: what it has to do (see `LayerCost`), and how long it took.
  struct Layer: Codable {
    var name: String
    /// The pipeline's stage that it is a part of.
    var stage: String
    var operations: Int
    var weightBytes: Int
    var mapBytes: Int
    /// The longest of all frames.
    var maxMilliseconds: Double
    /// On the wall, of frames kept over the run.
    var milliseconds: [Double]
    /// CPU time of all threads together, of some of these frames.
    var coreMilliseconds: [Double]
  }

  var program = DLVideo.configuration.version
  var session: Session
  var peak: MachinePeak
  var summary: RunSummary
  var peakResidentBytes: Int64
  /// CPU time of the whole process during the run, in seconds.
  var processSeconds: Double
  /// CPU time of everything else on the machine meanwhile.
  var otherSeconds: Double
  /// Threads besides the stages' own.
  var threads: [ThreadCensus.Group]
  var layers: [Layer]
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
