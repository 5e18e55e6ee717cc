/// A Chrome trace-event file (JSON array format), as `chrome://tracing` and Perfetto open it:
/// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
///
/// * each stage is a track (`tid` = its place in the row, 0 is the source) with its name;
/// * each stage's work on a frame is a slice (`"ph":"X"`) with the waits before it as arguments;
/// * parts that a stage has timed itself (`StageParts`) are slices within its slice;
/// * each frame is a flow (`s`, `t`..., `f`) through its slices, `id` = its number;
/// * the rings' fullness is a counter, drops and the first error are instants.
///
/// Times are microseconds since the start of the run. A frame's events are written when it is
/// done, on the last stage's thread, from the clocks it carries: the other stages take no part.
/// The array is closed when the run ends, also by a failure.
public final class TraceWriter<Slot: AnyObject & Sendable>: FrameObserver, @unchecked Sendable {
  private let file: BackgroundFile
  private let process: String
  private let parts: [StageParts<Slot>]
  // Calls come one after the other, see `FrameObserver`.
  private var row = TextRow(capacity: 16 << 10)
  /// Each stage's name as JSON text, made once.
  private var names: [[UInt8]] = []
  /// The names of the stages' parts, likewise, and by stage the place of its parts in `parts`.
  private var partNames: [[[UInt8]]] = []
  private var partsOfStage: [Int?] = []
  private var start: UInt64 = 0

  /// - Parameters:
  ///   - path: the file; created at once, so that a wrong path is known before the first frame.
  ///   - overwrite: whether an existing file may be replaced.
  ///   - process: name of the process in the trace.
  ///   - parts: shown within the slices of their stages.
  /// - Throws: `PipelineError.fileExists`, `.cannotCreateFile`.
  public init(
    path: String, overwrite: Bool, process: String = "dlvideo", parts: [StageParts<Slot>] = []
  ) throws {
    file = try BackgroundFile(path: path, overwrite: overwrite)
    self.process = process
    self.parts = parts
  }

  public func runBegan(stages: [String], start: UInt64) throws {
    self.start = start
    names = stages.map(Self.jsonText)
    partNames = parts.map { $0.names.map(Self.jsonText) }
    partsOfStage = stages.map { name in parts.firstIndex { $0.stage == name } }
    row.clear()
    row.append("[\n{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":")
    row.append(json: process)
    row.append("}}")
    for (index, name) in names.enumerated() {
      beginEvent("M", track: index)
      row.append(",\"name\":\"thread_name\",\"args\":{\"name\":")
      row.append(bytes: name)
      row.append("}}")
      beginEvent("M", track: index)
      row.append(",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":")
      row.append(index)
      row.append("}}")
    }
    try file.append(row.bytes)
  }

  public func frameDone(_ slot: Slot, _ timing: FrameTiming) throws {
    row.clear()
    let last = names.count - 1
    for stage in 0...last {
      appendSlice(stage, timing)
      appendFlow(stage == 0 ? "s" : stage == last ? "f" : "t", stage, timing)
      if let place = partsOfStage[stage] { appendParts(place, slot, track: stage) }
    }
    appendFullness(timing)
    if timing.dropped > 0 {
      beginEvent("i", track: 0)
      append(time: timing.begin(stage: 1))
      row.append(",\"s\":\"t\",\"name\":\"dropped\",\"args\":{\"frames\":")
      row.append(timing.dropped)
      row.append("}}")
    }
    try file.append(row.bytes)
  }

  public func runEnded(_ summary: RunSummary) throws {
    row.clear()
    if let failure = summary.failure {
      beginEvent("i", track: names.isEmpty ? 0 : summary.stageIndex(named: failure.stage))
      row.append(",\"ts\":")
      row.append(microseconds: UInt64(summary.wallSeconds * 1e9))
      row.append(",\"s\":\"g\",\"name\":\"error\",\"args\":{\"message\":")
      row.append(json: failure.message)
      row.append("}}")
    }
    row.append("\n]\n")
    try file.append(row.bytes)
    try file.close()
  }

  private func appendSlice(_ stage: Int, _ timing: FrameTiming) {
    let begin = timing.begin(stage: stage)
    beginEvent("X", track: stage)
    append(time: begin)
    row.append(",\"dur\":")
    row.append(microseconds: timing.end(stage: stage) - begin)
    row.append(",\"cat\":\"stage\",\"name\":")
    row.append(bytes: names[stage])
    row.append(",\"args\":{\"frame\":")
    row.append(timing.sequence)
    row.append(",\"waited_for_input_us\":")
    row.append(microseconds: timing.waitedForInput(stage: stage))
    row.append(",\"waited_for_room_us\":")
    row.append(microseconds: timing.waitedForRoom(stage: stage))
    row.append("}}")
  }

  private func appendParts(_ place: Int, _ slot: Slot, track: Int) {
    for (part, name) in partNames[place].enumerated() {
      let (begin, end) = parts[place].span(slot, part)
      guard end > begin else { continue }
      beginEvent("X", track: track)
      append(time: begin)
      row.append(",\"dur\":")
      row.append(microseconds: end - begin)
      row.append(",\"cat\":\"part\",\"name\":")
      row.append(bytes: name)
      row.append("}" as Unicode.Scalar)
    }
  }

  /// A flow binds to the slice of the same track that its time lies in.
  private func appendFlow(_ phase: Unicode.Scalar, _ stage: Int, _ timing: FrameTiming) {
    beginEvent(phase, track: stage)
    append(time: timing.begin(stage: stage))
    row.append(",\"cat\":\"frame\",\"name\":\"frame\",\"id\":")
    row.append(timing.sequence)
    row.append(phase == "f" ? ",\"bp\":\"e\"}" : "}")
  }

  private func appendFullness(_ timing: FrameTiming) {
    beginEvent("C", track: 0)
    append(time: timing.end(stage: names.count - 1))
    row.append(",\"name\":\"frames waiting\",\"args\":{")
    for stage in 1..<names.count {
      if stage > 1 { row.append("," as Unicode.Scalar) }
      row.append(bytes: names[stage])
      row.append(":" as Unicode.Scalar)
      row.append(timing.found(stage: stage))
    }
    row.append("}}")
  }

  private static func jsonText(_ name: String) -> [UInt8] {
    var text = TextRow(capacity: 64)
    text.append(json: name)
    return text.bytes
  }

  private func beginEvent(_ phase: Unicode.Scalar, track: Int) {
    row.append(",\n{\"ph\":\"")
    row.append(phase)
    row.append("\",\"pid\":1,\"tid\":")
    row.append(track)
  }

  private func append(time: UInt64) {
    row.append(",\"ts\":")
    row.append(microseconds: time > start ? time - start : 0)
  }
}

extension RunSummary {
  /// Place of the stage called `name`; 0, the source, if there is none.
  fileprivate func stageIndex(named name: String) -> Int {
    stages.firstIndex { $0.name == name } ?? 0
  }
}
