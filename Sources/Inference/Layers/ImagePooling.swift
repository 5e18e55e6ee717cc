/// ASPP's image-level branch: the mean over the picture, a 1x1 convolution with ReLU, and its
/// share of the projection behind the concatenation. As the branch is the same at every pixel,
/// that share is a bias.
public final class ImagePooling: @unchecked Sendable {
  private let weights: FoldedWeights
  /// [branch channel][projection output]
  private let share: [Float]
  private let bias: [Float]
  private let kernels: Kernels
  private let sums: UnsafeMutablePointer<Float>
  private let pooled: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - weights: the branch's own 1x1 convolution.
  ///   - projection: the projection behind the concatenation.
  ///   - firstInput: the branch's first channel in the concatenation.
  public init(
    _ weights: FoldedWeights, projection: FoldedWeights, firstInput: Int, kernels: Kernels
  ) {
    self.weights = weights
    self.kernels = kernels
    (share, bias) = projection.matrix(
      inputOrder: Array(firstInput..<firstInput + weights.outputs))
    sums = .allocate(capacity: weights.inputs)
    pooled = .allocate(capacity: weights.outputs)
  }

  deinit {
    sums.deallocate()
    pooled.deallocate()
  }

  /// Sets `total` to the projection's bias plus the branch's share of it.
  public func run(_ input: FeatureView, addingTo total: UnsafeMutablePointer<Float>) {
    sums.initialize(repeating: 0, count: weights.inputs)
    for y in 0..<input.height {
      kernels.table.accumulate(
        input.pixel(y, 0), input.pixelStride, Int32(input.width), Int32(weights.inputs), sums)
    }
    let scale = 1 / Float(input.height * input.width)
    weights.values.withUnsafeBufferPointer { values in
      for o in 0..<weights.outputs {
        var sum: Float = 0
        let row = values.baseAddress! + o * weights.inputs
        for i in 0..<weights.inputs { sum += row[i] * sums[i] }
        pooled[o] = max(sum * scale + weights.bias[o], 0)
      }
    }
    let outputs = bias.count
    bias.withUnsafeBufferPointer { total.update(from: $0.baseAddress!, count: outputs) }
    share.withUnsafeBufferPointer { share in
      for o in 0..<weights.outputs {
        let value = pooled[o]
        let row = share.baseAddress! + o * outputs
        for j in 0..<outputs { total[j] += value * row[j] }
      }
    }
  }
}
