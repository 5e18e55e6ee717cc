/// A depthwise convolution and a pointwise one behind it, each with batch norm and ReLU
/// (the reference's `Separable`). The tensor between them exists a few rows at a time.
public final class SeparableConvolution: @unchecked Sendable {
  public let depthwise: DepthwiseConvolution
  public let pointwise: PackedMatrix

  public init(depthwise: DepthwiseConvolution, pointwise: PackedMatrix) {
    self.depthwise = depthwise
    self.pointwise = pointwise
  }

  /// - Parameters:
  ///   - inputOrder: channel c of the input is channel `inputOrder[c]` of the weights.
  ///   - maps: between which the two stand; the one between them is called `prefix`.depthwise.
  public convenience init(
    _ source: some WeightSource, _ prefix: String, inputs: Int, outputs: Int, kernel: Int,
    dilation: Int = 1, inputOrder: [Int]? = nil, maps: LayerMaps, kernels: Kernels
  ) throws {
    let between = "\(prefix).depthwise"
    let depthwise = DepthwiseConvolution(
      try FoldedWeights(
        source, "\(prefix).depthwise", outputs: inputs, inputs: 1, kernel: kernel),
      dilation: dilation, activation: .relu, channelOrder: inputOrder,
      maps: LayerMaps(input: maps.input, output: between), kernels: kernels)
    let weights = try FoldedWeights(
      source, "\(prefix).pointwise", outputs: outputs, inputs: inputs, kernel: 1)
    let (b, bias) = weights.matrix(inputOrder: inputOrder)
    self.init(
      depthwise: depthwise,
      pointwise: PackedMatrix(
        b, bias: bias, inputs: inputs, activation: .relu,
        maps: LayerMaps(input: between, output: maps.output), kernels: kernels))
  }

  /// Bytes of scratch for `rows` rows of `width` pixels between the two convolutions.
  public func scratchBytes(rows: Int, width: Int, elementSize: Int) -> Int {
    depthwise.scratchBytes(rows: rows, width: width, elementSize: elementSize)
  }

  /// The first half: `rows` rows between the convolutions, in `scratch`; `pointwise` is the second.
  public func runDepthwise(
    rows: Range<Int>, from input: FeatureView, scratch: UnsafeMutableRawPointer
  ) -> FeatureView {
    depthwise.run(rows: rows, from: input, scratch: scratch)
  }
}

extension DepthwiseConvolution {
  /// Bytes of scratch for `rows` rows of `width` pixels of the output.
  public func scratchBytes(rows: Int, width: Int, elementSize: Int) -> Int {
    rows * width * scratchStride(elementSize) * elementSize
  }

  private func scratchStride(_ elementSize: Int) -> Int {
    FeatureBuffer.pixelStride(channels: channels, elementSize: elementSize)
  }

  /// Computes `rows` rows of the output in `scratch`. The input has the padding as its halo.
  public func run(
    rows: Range<Int>, from input: FeatureView, scratch: UnsafeMutableRawPointer
  ) -> FeatureView {
    let stride = scratchStride(input.elementSize)
    let output = FeatureView(
      base: scratch, height: rows.count, width: input.width, channels: channels,
      pixelStride: stride, rowStride: input.width * stride, elementSize: input.elementSize)
    run(rows: rows, from: input, into: output)
    return output
  }
}
