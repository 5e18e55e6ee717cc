/// What a layer has to do for one picture, whoever computes it.
///
/// Only convolutions count: bias, activation and residual are one operation a value beside
/// hundreds. `weightBytes + mapBytes` is the traffic that no order of computing avoids: each weight
/// and each value of the layer's input and output once.
public struct LayerCost: Sendable, Hashable {
  /// As the tensors are named: `encoder.blocks.3`.
  public let name: String
  /// Multiplications and additions.
  public let operations: Int
  public let weightBytes: Int
  public let mapBytes: Int

  public init(name: String, operations: Int, weightBytes: Int, mapBytes: Int) {
    self.name = name
    self.operations = operations
    self.weightBytes = weightBytes
    self.mapBytes = mapBytes
  }
}
