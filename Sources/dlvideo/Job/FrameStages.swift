import Media
import Overlay
import Panoptic
import Pipeline

/// The stages of a frame's way, in order (DESIGN's drawing):
///
///     read -> preprocess -> encoder -> decoder -> heads -> grouping -> fusion -> tracking
///          -> (report) -> overlay -> write
///
/// Each stage runs on its own thread with what it needs in its closure; the frame's own data are
/// in the slot.
struct FrameStages {
  let source: FrameSource
  let parser: Parser
  let sink: FrameSink
  let every: Int
  /// Of the stages in order, the source first.
  let names: [String]
  let reports: FrameReports
  let figures: RunFigures

  func makeSource() -> Source<FrameSlot> {
    let source = source
    source.framesDropped = { [figures] in figures.framesDropped }
    let read: @Sendable (FrameSlot, FrameTiming) throws -> Bool = { slot, timing in
      guard try source.next(into: slot.decoded) else { return false }
      if slot.decoded.captureTimeNanoseconds != 0 {
        timing.captureNanoseconds = slot.decoded.captureTimeNanoseconds
      }
      return true
    }
    return Source("read", interrupt: { source.reader.cancel() }, body: read)
  }

  /// The names of the stages that a job has: known before anything is created for it.
  static func names(_ options: ReportOptions) -> [String] {
    ["read", "preprocess", "encoder", "decoder", "heads", "grouping", "fusion"]
      + (options.noTracking ? [] : ["tracking"]) + (options.needsStage ? ["report"] : [])
      + ["overlay", "write"]
  }

  /// Makes what each stage works with, too; call it once.
  func makeStages() -> [Stage<FrameSlot>] {
    let stages =
      [preprocess] + network + (names.contains("tracking") ? [tracking] : [])
      + (names.contains("report") ? [report] : []) + [overlay, write]
    precondition(stages.map(\.name) == Array(names.dropFirst()))
    return stages
  }

  /// A stage that computes: while it does, the network's layers leave it a core.
  private func working(
    _ name: String, _ body: @escaping @Sendable (FrameSlot, FrameTiming) throws -> Void
  ) -> Stage<FrameSlot> {
    let pool = parser.pool
    return Stage(name) { slot, timing in try pool.occupying { try body(slot, timing) } }
  }

  private var preprocess: Stage<FrameSlot> {
    let scaler = Owned(PictureScaler(width: parser.size.width, height: parser.size.height))
    let orientation = source.reader.video.orientation
    let sink = sink
    let every = every
    return working("preprocess") { slot, timing in
      slot.number = timing.sequence
      slot.isParsed = timing.outputIndex % every == 0
      try sink.converter.convert(slot.decoded, into: slot.source)
      guard slot.isParsed else { return }
      try scaler.value.scaleRGB(slot.decoded, orientation: orientation, into: slot.parsing.rgb)
    }
  }

  private var network: [Stage<FrameSlot>] {
    [
      step("encoder") { $0.encode($1) },
      step("decoder") { $0.decode($1) },
      step("heads") { $0.runHeads($1) },
      step("grouping") { $0.group($1) },
      step("fusion") { $0.fuse($1) },
    ]
  }

  private func step(
    _ name: String, _ body: @escaping @Sendable (Parser, ParsingBuffers) -> Void
  ) -> Stage<FrameSlot> {
    let parser = parser
    return working(name) { slot, _ in
      if slot.isParsed { body(parser, slot.parsing) }
    }
  }

  private var tracking: Stage<FrameSlot> {
    let tracker = Tracker(classCount: parser.classes.count)
    return working("tracking") { slot, _ in
      if slot.isParsed { tracker.update(slot.parsing.map) }
    }
  }

  private var report: Stage<FrameSlot> {
    let reports = reports
    return working("report") { slot, _ in try reports.write(slot) }
  }

  private var overlay: Stage<FrameSlot> {
    let sink = sink
    let figures = figures
    let isLive = source.reader.video.isLive
    let source = source
    // The latest result, for the frames that are not parsed.
    let latest = Owned(parser.decoder.makeMap())
    let every = every
    return working("overlay") { slot, timing in
      slot.fillHUD(timing, figures, isLive: isLive, origin: source.originSeconds)
      // A frame to come will want this result: it is kept, and an older map goes in its place.
      if every > 1 && slot.isParsed { swap(&slot.parsing.map, &latest.value) }
      let map = every > 1 ? latest.value : slot.parsing.map
      slot.thingCount = map.segments.count { $0.isThing }
      try sink.paint(slot, map)
    }
  }

  private var write: Stage<FrameSlot> {
    let sink = sink
    return working("write") { slot, _ in try sink.write(slot) }
  }
}

/// A value that one stage's thread owns.
final class Owned<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}

extension FrameSlot {
  fileprivate func fillHUD(
    _ timing: FrameTiming, _ figures: RunFigures, isLive: Bool, origin: Double
  ) {
    hud.frameNumber = number
    hud.timeSeconds = decoded.timeSeconds - origin
    hud.framesPerSecond = figures.framesPerSecond
    hud.droppedFrames = isLive ? figures.framesDropped : nil
    hud.latencyMilliseconds = isLive ? timing.latencyMilliseconds : nil
    for stage in hud.stageNames.indices {
      hud.setMilliseconds(timing.milliseconds(stage: stage), ofStage: stage)
    }
  }
}
