/// Turns the heads' maps of one picture into instances and the cells that belong to them.
///
/// One object serves one thread at a time; what it hands over lies in the `InstanceSet`, so
/// the next picture may be grouped while this one is fused.
public protocol Grouping: AnyObject, Sendable {
  /// Finds the instances of `heads` and assigns the thing cells to them.
  func group(_ heads: HeadMaps, into instances: InstanceSet)
}
