import Pipeline

/// What a job is to do: the options of the command that wants it.
struct JobPlan {
  var input: String
  var output: String
  var overwrites: Bool
  var part: InputOptions
  var network: NetworkOptions
  var encoding: EncodingOptions
  var overlay: OverlayOptions
  var reports: ReportOptions
  var live: LiveOptions
  /// Who sees each finished frame besides the reports.
  var observers: [any FrameObserver<FrameSlot>] = []
  /// Whether the trace shows the network's layers within its stages.
  var tracesLayers = false
  /// One line at the end says how it went.
  var saysSummary = true
}
