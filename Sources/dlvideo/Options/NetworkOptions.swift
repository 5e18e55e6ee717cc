import ArgumentParser

/// The network and the arithmetic it runs in.
struct NetworkOptions: ParsableArguments {
  enum Arithmetic: String, CaseIterable, ExpressibleByArgument { case auto, fp32, bf16, int8 }

  @Option(
    help: ArgumentHelp(
      "Model file, or the name of one that is installed (default: the one shipped).",
      valueName: "path-or-name"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Network input, multiples of 16 (default: the model's, fitted to the picture's aspect).",
      valueName: "WxH"))
  var size: FrameSize?

  @Option(
    help: ArgumentHelp(
      "Arithmetic: auto takes the fastest that CPU and model allow (int8 needs 'dlvideo model calibrate').",
      valueName: "name"))
  var precision = Arithmetic.auto

  @Option(help: ArgumentHelp("Worker threads (default: the machine's cores).", valueName: "n"))
  var threads: Int?

  func validate() throws { try Self.check(size: size, threads: threads) }

  /// Refuses sizes that no network takes and numbers of threads that make no sense.
  static func check(size: FrameSize?, threads: Int?) throws {
    if let size, !size.suitsNetwork {
      let limit = FrameSize.largestNetworkSide
      throw ValidationError(
        "--size \(size): both sides must be multiples of 16, at most \(limit); "
          + "the nearest is \(size.nearestForNetwork)")
    }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): give a number from 1 to 1024")
    }
  }
}
