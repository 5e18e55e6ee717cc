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
  private let total: UnsafeMutablePointer<Float>
  private let quantization: Quantization

  /// - Parameters:
  ///   - weights: the branch's own 1x1 convolution.
  ///   - projection: the projection behind the concatenation.
  ///   - map: the input's name.
  ///   - firstInput: the branch's first channel in the concatenation.
  public init(
    _ weights: FoldedWeights, projection: FoldedWeights, firstInput: Int, map: String,
    kernels: Kernels
  ) {
    quantization = kernels.precision == .int8 ? kernels.quantizations[map]! : .identity
    self.weights = weights
    self.kernels = kernels
    (share, bias) = projection.matrix(
      inputOrder: Array(firstInput..<firstInput + weights.outputs))
    sums = .allocate(capacity: weights.inputs)
    pooled = .allocate(capacity: weights.outputs)
    total = .allocate(capacity: bias.count)
  }

  deinit {
    sums.deallocate()
    pooled.deallocate()
    total.deallocate()
  }

  /// Sets the projection's bias to its own plus the branch's share of it.
  public func run(_ input: FeatureView, project: PackedMatrix) {
    sums.initialize(repeating: 0, count: weights.inputs)
    for y in 0..<input.height {
      kernels.table.accumulate(
        input.pixel(y, 0), input.pixelStride, Int32(input.width), Int32(weights.inputs), sums)
    }
    let pixels = Float(input.height * input.width)
    for i in 0..<weights.inputs { sums[i] -= pixels * quantization.zeroPoint }
    let scale = quantization.scale / pixels
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
    project.setBias(total)
  }
}
