/// Somebody who looks at every frame that went through: a table, a trace, a chart.
///
/// All calls come one after the other. An error thrown here is treated as one of the last stage:
/// the run stops, what is finished stays finished, and `run()` throws the error.
public protocol FrameObserver<Slot>: AnyObject, Sendable {
  associatedtype Slot: AnyObject & Sendable

  /// Called once, before the first frame. `stages` are the names in `FrameTiming.stageNames`;
  /// `start` is the moment of the start on `MonotonicClock`.
  func runBegan(stages: [String], start: UInt64) throws

  /// Called on the last stage's thread after it has ended the frame, in order.
  func frameDone(_ slot: Slot, _ timing: FrameTiming) throws

  /// Called once after every thread has ended, also when the run was stopped or failed.
  func runEnded(_ summary: RunSummary) throws
}
