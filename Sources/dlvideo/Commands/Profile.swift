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
      Runs the job on the input, throws the video away and prints where the time
      went.

      For each stage: the time of a frame (median, 90 %, 99 %, longest), its
      share of all work, the part of the run that it was busy, its own thread was
      on a core, it waited for frames or for room, and how full the queue before
      it was. Then latency, memory, frames a second over time, and whose the
      cores were. For each layer of the network: its time, its share of the
      network's core time, operations and bytes a second of a core, and how much
      that is of what this machine can do, which is measured beside the run.

        dlvideo profile street.mp4
        dlvideo profile street.mp4 --no-encode --html profile.html --json before.json
        dlvideo profile --compare before.json after.json
      """)

  @Argument(help: "What to parse: file, camera, URL, picture, pattern, or -.")
  var input: String?

  @Flag(help: "Leave the encoder out: how fast would it be without.")
  var noEncode = false

  @Flag(help: "Measure stages only, not the network's layers.")
  var noLayers = false

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
    var files = FileClaims(input: input!, model: network.model, overwrites: true)
    for path in [json, trace, html] { try files.write(path) }
    let console = messages.console
    let signals = try SignalListener { _ in console.endProgress() }
    MediaLog.setLevel(verbose: messages.verbose)
    let session = ProfileSession(measuresLayers: !noLayers)
    let job = try VideoJob(try plan(session), console: console, signals: signals)
    let status = try session.run(job)
    let report = session.report(job, input: input!, encoded: !noEncode)
    show(ProfileTable(report: report).lines)
    if let json { try report.write(json) }
    if let html { try ProfilePage(report: report).write(html) }
    return status
  }

  private func plan(_ session: ProfileSession) throws -> JobPlan {
    var encoding = encoding
    encoding.format = "null"
    // Nothing is nearer to no encoder than handing the picture on.
    encoding.codec = noEncode ? "wrapped_avframe" : encoding.codec ?? "libx264"
    // Options that are not parsed have no values, so these are.
    let reports = try ReportOptions.parse(trace.map { ["--trace=\($0)"] } ?? [])
    return JobPlan(
      input: input!, output: "/dev/null", overwrites: true, part: part, network: network,
      encoding: encoding, overlay: overlay, reports: reports, live: live,
      observers: session.observers, tracesLayers: !noLayers, saysSummary: false)
  }
}
