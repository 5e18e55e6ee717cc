import Pipeline

/// Draws the progress line while frames come out, a few times a second.
final class ProgressMeter: FrameObserver, @unchecked Sendable {
  typealias Slot = FrameSlot

  private static let interval: UInt64 = 200_000_000

  private let console: Console
  private let figures: RunFigures
  // Only the pipeline's calls touch these, one after the other.
  private var line: ProgressLine
  private var start: UInt64 = 0
  private var drawn: UInt64 = 0

  init(_ console: Console, _ line: ProgressLine, figures: RunFigures) {
    self.console = console
    self.line = line
    self.figures = figures
  }

  func runBegan(stages: [String], start: UInt64) { self.start = start }

  func frameDone(_ slot: FrameSlot, _ timing: FrameTiming) {
    guard console.showsProgress else { return }
    let now = MonotonicClock.now()
    guard now - drawn >= Self.interval else { return }
    drawn = now
    line.frames = timing.outputIndex + 1
    line.mediaSeconds = slot.canvas.timeSeconds - line.originSeconds
    line.elapsedSeconds = Double(now - start) / 1e9
    line.recentFPS = figures.framesPerSecond
    line.drops = figures.framesDropped
    console.progress(line.text)
  }

  func runEnded(_ summary: RunSummary) { console.endProgress() }
}
