import Media
import Overlay
import Panoptic
import Pipeline

/// One run of the main job: everything opened and made ready by `init`, done by `run`.
///
/// What could be wrong is found out in this order, so that nothing is created for a job that
/// cannot be done: options, existing outputs, input, its first picture, model, memory, output.
final class VideoJob: @unchecked Sendable {
  let source: FrameSource
  let parser: Parser
  let sink: FrameSink
  let reports: FrameReports
  let pipeline: Pipeline<FrameSlot>
  private let console: Console
  private let signals: SignalListener
  private let saysSummary: Bool

  init(_ plan: JobPlan, console: Console, signals: SignalListener) throws {
    self.console = console
    self.signals = signals
    saysSummary = plan.saysSummary
    var files = FileClaims(
      input: plan.input, model: plan.network.model, overwrites: plan.overwrites)
    try files.write(plan.output, mayBeEmpty: false)
    try FrameReports.claim(plan.reports, in: &files)

    var readerOptions = MediaReader.Options()
    readerOptions.wantsOtherStreams = !plan.encoding.noAudio
    source = try FrameSource(
      plan.input, part: plan.part, live: plan.live, options: readerOptions)
    signals.onStop { [source] in source.reader.cancel() }
    try source.readFirst()
    parser = try Parser(plan.network, aspect: source.displayAspect)
    console.detail("network: \(parser.summary), kernels \(parser.kernelName)")
    let names = FrameStages.names(plan.reports)
    let slots = (0..<Self.slotCount(cores: Machine.cores, stages: names.count)).map { [parser] _ in
      FrameSlot(parser, stageNames: names)
    }
    // Stopped while the model was loaded: nothing has been created yet.
    if signals.received != nil { throw MediaError.cancelled(input: plan.input) }

    let video = source.reader.video
    let upright = video.orientation.uprightSize(
      width: source.first.width, height: source.first.height)
    reports = try FrameReports(
      plan.reports, classes: parser.classes,
      grid: PictureGrid(
        pictureWidth: upright.width, pictureHeight: upright.height, mapWidth: parser.size.width,
        mapHeight: parser.size.height), overwrites: plan.overwrites,
      parts: plan.tracesLayers ? parser.network.stageParts : [])
    do {
      sink = try FrameSink(
        plan.output, source: source, classes: parser.classes, style: plan.overlay.style,
        options: plan.encoding.writerOptions(
          overwrites: plan.overwrites, isLive: video.isLive, threads: parser.threadCount))
    } catch {
      reports.discard()
      throw error
    }
    for note in sink.writer.notes { console.warning(note) }

    let figures = RunFigures()
    let making = FrameStages(
      source: source, parser: parser, sink: sink, every: plan.part.every,
      names: names, reports: reports, figures: figures)
    pipeline = Pipeline(
      slots: slots, source: making.makeSource(), stages: making.makeStages(),
      observers: reports.observers + plan.observers
        + [ProgressMeter(console, source.progress, figures: figures)],
      policy: plan.live.policy(isLive: video.isLive), cores: Machine.cores)
    figures.statistics = pipeline.statistics
    source.reader.onChange = { [weak self] in self?.tell($0) }
    signals.onStop { [source, pipeline] in
      source.reader.cancel()
      pipeline.requestStop()
    }
    if signals.received != nil { pipeline.requestStop() }
  }

  /// A frame for every stage where cores are many; on few, enough that none of them waits.
  private static func slotCount(cores: Int, stages: Int) -> Int { min(stages, cores + 6) }

  /// Does the job to its end, a stop or a break. The output is finished in every case but a failed
  /// write of its own.
  func run() throws -> ExitStatus {
    var failure: (any Error)?
    do { try pipeline.run() } catch { failure = error }
    console.endProgress()
    if let error = failure as? MediaError, error.cause == .writeFailed {
      sink.writer.abandon()
    } else if pipeline.summary.frames == 0 {
      // A file without a picture plays nowhere.
      sink.writer.abandon()
    } else {
      do { try sink.writer.finish() } catch { failure = failure ?? error }
    }
    do { try reports.close() } catch { failure = failure ?? error }
    if let failure { throw failure }
    return conclude(pipeline.summary)
  }

  /// Says how it went and gives the status.
  private func conclude(_ summary: RunSummary) -> ExitStatus {
    // An input that breaks gets one line; damaged packets at the break are part of it.
    if let breakage = source.breakage, signals.received == nil {
      let written =
        summary.droppedFrames > 0
        ? "; \(summary.frames) frames are written, \(summary.droppedFrames) were dropped"
        : "; the \(summary.frames) frames before it are written"
      console.error("\(breakage)\(written)")
      return .badInput
    }
    warnOfDamage(source.reader.warnings)
    if saysSummary { console.note(line(summary)) }
    return signals.received ?? .done
  }

  private func warnOfDamage(_ warnings: ReadWarnings) {
    let counts = [
      (warnings.corruptPackets, "damaged packets skipped"),
      (warnings.damagedFrames, "pictures with decoding errors"),
      (warnings.repairedTimestamps, "time stamps repaired"),
      (warnings.clockJumps, "jumps of the source's clock bridged"),
      (warnings.droppedPackets, "packets of other streams dropped"),
      (sink.writer.damagedPackets, "damaged packets of other streams left out"),
    ]
    let told = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    if !told.isEmpty {
      console.warning("\(source.reader.input): " + told.joined(separator: ", "))
    }
  }

  /// `221 frames in 7.2 s, 30.7 fps (1.23x), 512x288 bf16, 2 threads; out.mp4 4.1 MB`
  private func line(_ summary: RunSummary) -> String {
    let rate = source.reader.video.averageFrameRate
    let speed =
      rate.isDefined && summary.wallSeconds > 0
      ? " (\((summary.framesPerSecond / rate.value).decimal(2))x)" : ""
    let live = source.reader.video.isLive ? liveText(summary) : ""
    return
      "\(summary.frames) frame\(summary.frames == 1 ? "" : "s") in \(summary.wallSeconds.decimal(1)) s, "
      + "\(summary.framesPerSecond.decimal(1)) fps\(speed)\(live), \(parser.summary); "
      + "\(sink.writer.output) \(sink.writer.bytesWritten.byteCount)"
  }

  /// `, 12 dropped, latency 62 ms (p99 81)`: what counts where frames come in their own time.
  private func liveText(_ summary: RunSummary) -> String {
    var text = ", \(summary.droppedFrames) dropped"
    if summary.frames > 0 {
      text +=
        ", latency \((Double(summary.latency.p50) / 1e6).decimal(0)) ms"
        + " (p99 \((Double(summary.latency.p99) / 1e6).decimal(0)))"
    }
    if summary.lateFrames > 0 { text += ", \(summary.lateFrames) later than --max-latency" }
    return text
  }

  private func tell(_ change: ReadChange) {
    let input = source.reader.input
    switch change {
    case .lost(let reason): console.warning("\(input): \(reason); trying to open it again")
    case .regained(let seconds): console.warning("\(input): back after \(seconds.decimal(1)) s")
    case .gaveUp(let attempts):
      console.warning(
        "\(input): not back after \(attempts) attempt\(attempts == 1 ? "" : "s")")
    }
  }
}

extension VideoJob {
  /// Runs the network for half a second beforehand, so that pages, caches and clocks are as they
  /// will be.
  func warmUp() {
    let buffers = ParsingBuffers(parser)
    let begin = MonotonicClock.now()
    repeat {
      parser.encode(buffers)
      parser.decode(buffers)
      parser.runHeads(buffers)
      parser.group(buffers)
      parser.fuse(buffers)
    } while MonotonicClock.now() - begin < 500_000_000 && signals.received == nil
  }
}
