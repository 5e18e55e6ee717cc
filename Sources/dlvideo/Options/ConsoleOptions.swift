import ArgumentParser

/// What is said on standard error.
struct ConsoleOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Quiet: errors only.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Verbose: what was chosen, and FFmpeg's own messages.")
  var verbose = false

  @Flag(help: "No progress line (there is one only on a terminal).")
  var noProgress = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("-q and -v exclude each other") }
  }

  var console: Console {
    Console(
      verbosity: quiet ? .quiet : verbose ? .verbose : .normal, allowsProgress: !noProgress)
  }
}
