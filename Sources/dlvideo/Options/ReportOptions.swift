import ArgumentParser

/// Results and measurements as files.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A row per frame: milliseconds of every stage, latency, drops.", valueName: "file.csv"))
  var stats: String?

  @Option(
    help: ArgumentHelp(
      "A line per frame: time stamp and segments, in pixels of the upright picture.",
      valueName: "file.jsonl"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Parsed frames as COCO panoptic PNGs, with panoptic.json beside them.", valueName: "dir"))
  var panoptic: String?

  @Option(
    help: ArgumentHelp(
      "Every stage and frame as Chrome trace events (opens in Perfetto).", valueName: "file.json"))
  var trace: String?

  @Flag(help: "Number objects anew in every frame instead of following them.")
  var noTracking = false

  /// Whether something is written for each frame on its way.
  var needsStage: Bool { json != nil || panoptic != nil }
}
