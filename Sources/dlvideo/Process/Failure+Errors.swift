import DeeperLab
import Inference
import Media
import Overlay
import Panoptic
import Pipeline

extension Failure {
  /// The line and the status of any error that a module throws; nil for ArgumentParser's own.
  init?(explaining error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as MediaError: self.init(error.cause.exitStatus, error.description)
    case let error as ModelError: self.init(.modelUnusable, error.description)
    case InferenceError.unwritable:
      self.init(.cannotCreateOutput, String(describing: error))
    case InferenceError.instructionSet: self.init(.usage, String(describing: error))
    case InferenceError.tooFewThreads: self.init(.software, String(describing: error))
    case is InferenceError: self.init(.modelUnusable, String(describing: error))
    case PanopticError.badParameter, PanopticError.unknownDecoding:
      self.init(.modelUnusable, "the model's " + String(describing: error))
    case is PanopticError: self.init(.badInput, String(describing: error))
    case let error as PipelineError: self.init(error.exitStatus, error.description)
    case is OverlayError: self.init(.software, String(describing: error))
    default: return nil
    }
  }
}

extension MediaError.Cause {
  var exitStatus: ExitStatus {
    switch self {
    case .wrongOption: .usage
    case .noSuchInput: .noSuchInput
    case .badInput: .badInput
    case .cannotCreate: .cannotCreateOutput
    case .writeFailed: .writeFailed
    case .cancelled: .interrupted
    case .internalFailure: .software
    }
  }
}

extension PipelineError {
  fileprivate var exitStatus: ExitStatus {
    switch self {
    case .fileExists, .cannotCreateFile: .cannotCreateOutput
    case .writeFailed: .writeFailed
    case .alreadyRun, .cannotStartThread: .software
    }
  }
}
