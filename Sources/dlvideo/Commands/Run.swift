import ArgumentParser
import Media

/// The main job: a video in, an annotated video out.
struct Run: StatusCommand {
  static let configuration = CommandConfiguration(
    abstract: "Annotate a video: what dlvideo does without a subcommand.",
    usage: "dlvideo <input> -o <output> [<options>]",
    discussion: """
      The input may be
        a file                      street.mp4, or - for standard input
        a URL that FFmpeg opens     rtsp://host/stream, http://host/a.ts, udp://:5000
        a camera                    /dev/video0, or with its settings
                                    v4l2:///dev/video0?size=1280x720&fps=30
        a picture or a pattern      street.jpg, frames/%06d.png
        a test source of FFmpeg's   lavfi:testsrc2=size=640x360
      and the output any file or URL that FFmpeg writes, or - for standard output.

        dlvideo street.mp4 -o parsed.mp4
        dlvideo street.mp4 -o clip.mp4 --start 1:30 --duration 10 --legend
        dlvideo street.mp4 -o parsed.mkv --codec libx265 --crf 28
        dlvideo street.mp4 -o parsed.mp4 --json street.jsonl --panoptic masks
        dlvideo /dev/video0 -o parsed.mp4 --max-latency 200

      Ctrl-C finishes the output; a second one stops at once.

      Exit status
         0  done
        64  wrong usage
        65  the input cannot be read or decoded, wholly or from some point on
        66  no such input
        69  the model cannot be used
        70  too little memory or threads, or a fault of the program
        73  the output cannot be created
        74  a write failed
        130, 143, 129  stopped by Ctrl-C, SIGTERM, SIGHUP; the output is finished
      """)

  @Argument(help: "What to parse: file, camera, URL, picture, pattern, or -.")
  var input: String

  @OptionGroup(title: "Output")
  var destination: DestinationOptions

  @OptionGroup(title: "Which part of the input")
  var part: InputOptions

  @OptionGroup(title: "Network")
  var network: NetworkOptions

  @OptionGroup(title: "Output encoding")
  var encoding: EncodingOptions

  @OptionGroup(title: "Overlay")
  var overlay: OverlayOptions

  @OptionGroup(title: "Reports")
  var reports: ReportOptions

  @OptionGroup(title: "Live sources")
  var live: LiveOptions

  @OptionGroup(title: "Messages")
  var messages: ConsoleOptions

  func validate() throws {
    if input.isEmpty { throw ValidationError("the input is empty: give a file, camera or URL") }
    guard let output = destination.output else {
      throw ValidationError(
        "no output: add -o with the file to write, as in "
          + "'dlvideo \(input) -o parsed.mp4' (-o - is standard output)")
    }
    if output.isEmpty { throw ValidationError("-o is empty: give the file to write") }
  }

  func perform() throws -> ExitStatus {
    let console = messages.console
    let output = destination.output!
    let signals = try SignalListener { isFirst in
      console.endProgress()
      if !isFirst { console.error("stopped at once: \(output) is not finished") }
    }
    MediaLog.setLevel(verbose: messages.verbose)
    do {
      return try VideoJob(plan(output), console: console, signals: signals).run()
    } catch {
      // What a stop interrupts is no failure.
      guard let status = signals.received, (error as? MediaError)?.cause == .cancelled else {
        throw error
      }
      return status
    }
  }

  private func plan(_ output: String) -> JobPlan {
    JobPlan(
      input: input, output: output, overwrites: destination.overwrite, part: part,
      network: network, encoding: encoding, overlay: overlay, reports: reports, live: live)
  }
}
