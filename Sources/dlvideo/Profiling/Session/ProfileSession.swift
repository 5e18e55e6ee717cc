import Inference
import Pipeline

/// One profiling session: measures what the machine can do, warms up, runs the job with the
/// network's layers measured, and collects what its observers saw.
final class ProfileSession {
  private let history = FrameHistory<FrameSlot>()
  private let census = ThreadCensus()
  private let layers: LayerHistory?
  private var peakResidentBytes: Int64 = 0
  private var peak = MachinePeak(threads: 1, operationsPerCore: [:], bytesPerCore: 0)

  init(measuresLayers: Bool) { layers = measuresLayers ? LayerHistory() : nil }

  var observers: [any FrameObserver<FrameSlot>] {
    [history, census] + (layers.map { [$0] } ?? [])
  }

  func run(_ job: VideoJob) throws -> ExitStatus {
    let parser = job.parser
    let before = MachinePeak.operationsPerCore(parser.pool)
    job.warmUp()
    // From here on: the warm-up is not measured.
    parser.network.measuresLayers = layers != nil
    let status = try job.run()
    parser.network.measuresLayers = false
    peakResidentBytes = Machine.peakResidentBytes
    // Before and after, in case one was disturbed; memory last, as it needs some.
    let after = MachinePeak.operationsPerCore(parser.pool)
    peak = MachinePeak(
      threads: parser.threadCount, operationsPerCore: before.merging(after, uniquingKeysWith: max),
      bytesPerCore: MachinePeak.bytesPerCore(parser.pool))
    return status
  }

  func report(_ job: VideoJob, input: String, encoded: Bool) -> ProfileReport {
    let (rows, step) = history.rows()
    let video = job.source.reader.video
    let parser = job.parser
    return ProfileReport(
      session: .init(
        input: input, picture: "\(video.width)x\(video.height) \(video.codecName)",
        encoded: encoded, network: parser.size.description,
        precision: parser.precision.rawValue, threads: parser.threadCount,
        kernels: parser.kernels.name, cores: Machine.cores, processor: Machine.processor),
      peak: peak, summary: job.pipeline.summary, peakResidentBytes: peakResidentBytes,
      processSeconds: census.processSeconds, otherSeconds: census.otherSeconds,
      threads: census.groups, layers: layers?.layers(parser.network.layers) ?? [], frames: rows,
      frameStep: step)
  }
}
