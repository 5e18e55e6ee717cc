import ArgumentParser
import Glibc
import Inference

/// The program: one command for each job, `run` being the one that needs no name.
///
/// This target only wires the others together:
///
/// - `Options` parse and check what the user wrote, before anything is opened;
/// - `Commands` do the jobs, `Job` being what `run` and `profile` share: the stages of a frame's
///   way (see `FrameSlot` for what travels on it);
/// - `Reports` write results as files, `Terminal` speaks to people;
/// - `Process` knows exit statuses and signals.
@main
struct DLVideo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dlvideo",
    abstract: "Parse video on the CPU: the class of every pixel, the mask of every object.",
    usage: """
      dlvideo <input> -o <output> [<options>]
      dlvideo <subcommand> ...
      """,
    discussion: """
      dlvideo street.mp4 -o parsed.mp4            annotate a file; sound comes along
      dlvideo /dev/video0 -o parsed.mp4           a camera, until Ctrl-C
      dlvideo street.mp4 -o parsed.mp4 --json street.jsonl --stats street.csv

      'dlvideo help run' explains all options of the main job.
      """,
    version: "dlvideo 0.1.0",
    subcommands: [
      Run.self, Profile.self, Eval.self, Heads.self, Model.self, Devices.self,
    ],
    defaultSubcommand: Run.self)

  static func main() {
    // A closed pipe or a limit on file sizes is a failed write with its message, not a sudden end.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    let arguments = Array(CommandLine.arguments.dropFirst())
    Glibc.exit(perform(arguments).rawValue)
  }

  /// Runs the command that `arguments` ask for and says on standard error what went wrong.
  private static func perform(_ arguments: [String]) -> ExitStatus {
    do {
      var command = try parseAsRoot(arguments)
      try Kernels.checkEnvironment()
      if let job = command as? any StatusCommand {
        return try job.perform()
      }
      try command.run()
      return .done
    } catch {
      return report(error, arguments: arguments)
    }
  }

  private static func report(_ error: any Error, arguments: [String]) -> ExitStatus {
    if let failure = Failure(explaining: error) {
      Console().error(failure.description)
      return failure.status
    }
    // What is left is ArgumentParser's: help and version requests, and usage errors.
    guard exitCode(for: error) != .success, !arguments.isEmpty else {
      exit(withError: error)
    }
    let names = configuration.subcommands.map { $0._commandName }
    let command = arguments.first.flatMap { names.contains($0) ? $0 : nil } ?? "run"
    let reason = message(for: error).split(separator: "\n").joined(separator: " ")
    Console().error("\(reason) (see 'dlvideo help \(command)')")
    return .usage
  }
}

/// A command whose end has a status of its own (stopped by a signal, broken input).
protocol StatusCommand: ParsableCommand {
  func perform() throws -> ExitStatus
}
