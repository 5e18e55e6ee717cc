import ArgumentParser
import Foundation
import Media
import Pipeline

/// A profiling session: the main job with its output thrown away and its clocks reported.
struct Profile: StatusCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure where the time of a job goes.",
    usage: """
      dlvideo profile <input> [<options>]
      dlvideo profile --compare <a.json> <b.json>
      """,
    discussion: """
      Runs the job on the input, throws the video away and prints for each stage the time of a
      frame (median, 90 %, 99 %, longest), its share of all work, the part of the run that it was
      busy, waited for frames or for room, and how full the queue before it was; then latency,
      memory, and frames a second over time.

        dlvideo profile street.mp4
        dlvideo profile street.mp4 --no-encode --html profile.html --json before.json
        dlvideo profile --compare before.json after.json
      """)

  @Argument(help: "What to parse: file, camera, URL, picture, pattern, or -.")
  var input: String?

  @Flag(help: "Leave the encoder out: how fast would it be without.")
  var noEncode = false

  @Option(help: ArgumentHelp("Write all figures as JSON.", valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("Write Chrome trace events (opens in Perfetto).", valueName: "file"))
  var trace: String?

  @Option(help: ArgumentHelp("Write one page with charts; it needs no network.", valueName: "file"))
  var html: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Say what became faster or slower between two sessions.", valueName: "a.json b.json"))
  var compare: [String] = []

  @OptionGroup(title: "Which part of the input")
  var part: InputOptions

  @OptionGroup(title: "Network")
  var network: NetworkOptions

  @OptionGroup(title: "Output encoding")
  var encoding: EncodingOptions

  @OptionGroup(title: "Overlay")
  var overlay: OverlayOptions

  @OptionGroup(title: "Live sources")
  var live: LiveOptions

  @OptionGroup(title: "Messages")
  var messages: ConsoleOptions

  func validate() throws {
    if !compare.isEmpty {
      guard compare.count == 2, input == nil else {
        throw ValidationError("--compare takes two files that 'dlvideo profile --json' wrote")
      }
    } else if input?.isEmpty ?? true {
      throw ValidationError("no input: give the video to measure with")
    }
  }

  func perform() throws -> ExitStatus {
    if compare.count == 2 {
      let comparison = ProfileComparison(
        before: try .read(compare[0]), after: try .read(compare[1]))
      show(comparison.lines)
      return .done
    }
    let console = messages.console
    let signals = SignalListener { _ in console.endProgress() }
    MediaLog.setLevel(verbose: messages.verbose)
    let history = FrameHistory<FrameSlot>()
    let job = try VideoJob(try plan(history), console: console, signals: signals)
    job.warmUp()
    let status = try job.run()
    let report = self.report(job, history)
    show(ProfileTable(report: report).lines)
    if let json { try report.write(json) }
    if let html { try ProfilePage(report: report).write(html) }
    return status
  }

  private func plan(_ history: FrameHistory<FrameSlot>) throws -> JobPlan {
    var encoding = encoding
    encoding.format = "null"
    // Nothing is nearer to no encoder than handing the picture on.
    encoding.codec = noEncode ? "wrapped_avframe" : encoding.codec ?? "libx264"
    // Options that are not parsed have no values, so these are.
    let reports = try ReportOptions.parse(trace.map { ["--trace=\($0)"] } ?? [])
    return JobPlan(
      input: input!, output: "/dev/null", overwrites: true, part: part, network: network,
      encoding: encoding, overlay: overlay, reports: reports, live: live, observers: [history],
      saysSummary: false)
  }

  private func report(_ job: VideoJob, _ history: FrameHistory<FrameSlot>) -> ProfileReport {
    let (rows, step) = history.rows()
    let video = job.source.reader.video
    return ProfileReport(
      session: .init(
        input: input!, picture: "\(video.width)x\(video.height) \(video.codecName)",
        encoded: !noEncode, network: job.parser.size.description,
        precision: job.parser.precision.rawValue, threads: job.parser.threadCount,
        kernels: job.parser.kernels.name, cores: Machine.cores, processor: Machine.processor),
      summary: job.pipeline.summary, peakResidentBytes: Machine.peakResidentBytes,
      frames: rows, frameStep: step)
  }
}
