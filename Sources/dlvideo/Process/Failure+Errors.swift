import ArgumentParser

extension Failure {
  /// The line and the status of any error that a module throws; nil for ArgumentParser's own.
  init?(explaining error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    default: return nil
    }
  }
}
