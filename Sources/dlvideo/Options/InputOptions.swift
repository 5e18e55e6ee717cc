import ArgumentParser
import Pipeline

/// Which part of the input is worked on.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where in the input to begin: seconds or [h:]m:s.", valueName: "time"))
  var start: TimeSpan?

  @Option(
    help: ArgumentHelp("How much of the input to take: seconds or [h:]m:s.", valueName: "time"))
  var duration: TimeSpan?

  @Option(help: ArgumentHelp("Stop after so many frames.", valueName: "n"))
  var frames: Int?

  @Option(
    help: ArgumentHelp(
      "Parse every nth frame; those between show the latest result.", valueName: "n"))
  var every = 1

  func validate() throws {
    if let frames, frames < 1 {
      throw ValidationError("--frames \(frames): give the number of frames wanted, 1 or more")
    }
    if let duration, duration.seconds <= 0 {
      throw ValidationError("--duration must be more than 0 seconds")
    }
    if every < 1 {
      throw ValidationError("--every \(every): 1 parses all frames, 2 every other one, and so on")
    }
  }
}

/// What a live source does when the network cannot keep up.
struct LiveOptions: ParsableArguments {
  @Flag(
    help:
      "Treat the input as live: pace a file in real time and drop what is late. Cameras and network streams are live without it."
  )
  var live = false

  @Option(
    help: ArgumentHelp(
      "What a live source drops when the network is late.",
      valueName: "policy"))
  var drop = DropPolicy.latest

  @Option(
    help: ArgumentHelp(
      "Drop live frames that are older than this when their turn comes.", valueName: "ms"))
  var maxLatency: Double?

  @Option(
    help: ArgumentHelp(
      "Give up when the source is silent for so long (default: 30; 0 waits for ever).",
      valueName: "seconds"))
  var timeout: Double?

  @Option(
    help: ArgumentHelp(
      "Open a live source that fails again, at most so many times in a row.", valueName: "n"))
  var reconnect = 0

  func validate() throws {
    if let timeout, !(timeout >= 0 && timeout < 1e6) {
      throw ValidationError("--timeout must be 0 seconds or more")
    }
    if reconnect < 0 { throw ValidationError("--reconnect must be 0 or more") }
    if let maxLatency, !(maxLatency > 0 && maxLatency.isFinite) {
      throw ValidationError("--max-latency must be more than 0 milliseconds")
    }
  }
}

extension LiveOptions {
  /// Files go through whole; live sources drop.
  func policy(isLive: Bool) -> FlowPolicy {
    isLive ? .live(drop: drop, maxLatencyMilliseconds: maxLatency) : .file
  }
}

extension DropPolicy: ExpressibleByArgument {}
