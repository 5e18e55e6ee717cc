import Inference

/// A model file, opened and described; its tensors are read when a network is made of it.
public struct ModelFile: Sendable {
  public let path: String
  public let description: ModelDescription
  public let tensors: SafeTensors

  /// - Throws: `InferenceError` when it is no safetensors file, `ModelError` when its description
  ///   does not fit, and, naming the tensor and both shapes, when a tensor does not.
  public init(path: String) throws { try self.init(tensors: SafeTensors(path: path)) }

  /// The model in a file that has been read already.
  public init(tensors: SafeTensors) throws {
    path = tensors.file
    guard let json = tensors.metadata[ModelDescription.metadataKey] else {
      throw ModelError.description(file: path, reason: "the entry is missing")
    }
    self.tensors = tensors
    description = try ModelDescription(json: json, file: path)
    try checkShapes()
  }

  /// Trainable and batch-norm values of the network.
  public var parameterCount: Int {
    tensors.entries.values.reduce(0) { $0 + $1.elementCount }
  }

  /// Every tensor of the architecture is there in the shape that the description asks for.
  private func checkShapes() throws {
    for (name, shape) in TensorShapes(description).all {
      guard let entry = tensors.entries[name] else {
        throw InferenceError.missingTensor(file: path, name: name, expected: shape)
      }
      guard entry.shape == shape else {
        throw InferenceError.wrongShape(
          file: path, name: name, found: entry.shape, expected: shape)
      }
      guard ["F32", "F16", "BF16"].contains(entry.type) else {
        throw InferenceError.wrongType(file: path, name: name, found: entry.type)
      }
    }
  }
}
