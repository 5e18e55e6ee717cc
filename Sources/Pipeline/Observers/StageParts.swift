/// Parts of a stage's work on a frame that the stage itself has timed: the layers of a network,
/// say. A trace shows them as slices within the stage's.
public struct StageParts<Slot: AnyObject & Sendable>: Sendable {
  public let stage: String
  public let names: [String]
  /// When the part began and ended its work on the slot's frame, on `MonotonicClock`; two equal
  /// moments where it had none.
  let span: @Sendable (Slot, Int) -> (begin: UInt64, end: UInt64)

  public init(
    stage: String, names: [String],
    span: @escaping @Sendable (_ slot: Slot, _ part: Int) -> (begin: UInt64, end: UInt64)
  ) {
    self.stage = stage
    self.names = names
    self.span = span
  }
}
