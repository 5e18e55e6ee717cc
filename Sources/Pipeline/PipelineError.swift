/// What can go wrong in the pipeline itself. Errors of the stages' own work are passed on unchanged.
public enum PipelineError: Error, Equatable, Sendable, CustomStringConvertible {
  /// `run()` was called a second time.
  case alreadyRun
  /// The system gave no thread for a stage.
  case cannotStartThread(stage: String, reason: String)
  /// A statistics or trace file is there already and may not be overwritten.
  case fileExists(path: String)
  /// A statistics or trace file cannot be created.
  case cannotCreateFile(path: String, reason: String)
  /// Writing to a statistics or trace file failed.
  case writeFailed(path: String, reason: String)

  public var description: String {
    switch self {
    case .alreadyRun:
      "the pipeline has been run already: make a new one for each run"
    case .cannotStartThread(let stage, let reason):
      "cannot start a thread for stage '\(stage)': \(reason); raise the limit on processes (ulimit -u)"
    case .fileExists(let path):
      "\(path): exists already; use -y to overwrite it"
    case .cannotCreateFile(let path, let reason):
      "\(path): cannot be created: \(reason)"
    case .writeFailed(let path, let reason):
      "\(path): write failed: \(reason)"
    }
  }
}
