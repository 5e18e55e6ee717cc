import CKernels

/// A depthwise convolution with "same" padding, run a row at a time.
public final class DepthwiseConvolution: @unchecked Sendable {
  public let channels: Int
  public let kernel: Int
  public let stride: Int
  public let dilation: Int
  /// Pixels of zero padding on each side.
  public let padding: Int
  private let kernels: Kernels
  private let range: (lo: Float, hi: Float)
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer

  /// - Parameter channelOrder: channel c of the input is channel `channelOrder[c]` of the weights.
  public init(
    _ weights: FoldedWeights, stride: Int = 1, dilation: Int = 1, activation: Activation,
    channelOrder: [Int]? = nil, kernels: Kernels
  ) {
    precondition(weights.inputs == 1 && [3, 5, 7].contains(weights.kernel))
    precondition(stride == 1 || (stride == 2 && dilation == 1))
    channels = weights.outputs
    kernel = weights.kernel
    self.stride = stride
    self.dilation = dilation
    padding = dilation * (weights.kernel - 1) / 2
    self.kernels = kernels
    range = activation.range
    let taps = weights.kernel * weights.kernel
    var values = [Float](repeating: 0, count: taps * weights.outputs)
    bias = AlignedBuffer(byteCount: (weights.outputs + 15) / 16 * 16 * 4)
    let biases = bias.base.assumingMemoryBound(to: Float.self)
    for c in 0..<channels {
      let source = channelOrder?[c] ?? c
      for tap in 0..<taps { values[tap * channels + c] = weights.values[source * taps + tap] }
      biases[c] = weights.bias[source]
    }
    self.weights = AlignedBuffer(
      byteCount: kernels.table.packed_depthwise_size(Int32(kernel), Int32(channels)))
    kernels.table.pack_depthwise(values, Int32(kernel), Int32(channels), self.weights.base)
  }

  /// Output rows for `height` input rows.
  public func outputSize(_ size: Int) -> Int {
    (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
  }

  /// The input rows that output row `y` reads, those outside included.
  public func inputRow(_ y: Int, tap: Int) -> Int { y * stride - padding + tap * dilation }

  /// Computes `width` pixels of a row.
  ///
  /// - Parameters:
  ///   - rows: `kernel` pointers to the input rows' pixel `-padding` (in the halo), nil outside.
  public func run(
    rows: UnsafePointer<UnsafeRawPointer?>, inStride: Int, into out: UnsafeMutableRawPointer,
    outStride: Int, width: Int
  ) {
    var row = ck_depthwise_row(
      rows: rows, weights: weights.base,
      bias: UnsafePointer(bias.base.assumingMemoryBound(to: Float.self)), out: out,
      in_stride: inStride, out_stride: outStride, width: Int32(width), channels: Int32(channels),
      kernel: Int32(kernel), stride: Int32(stride), dilation: Int32(dilation), lo: range.lo,
      hi: range.hi)
    kernels.table.depthwise(&row)
  }

  /// Row `y` of the output from a whole map, whose halo holds the padding.
  public func run(
    row y: Int, from input: FeatureView, into out: UnsafeMutableRawPointer, outStride: Int,
    width: Int
  ) {
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: kernel) { rows in
      for tap in 0..<kernel {
        let source = inputRow(y, tap: tap)
        rows[tap] =
          source >= 0 && source < input.height
          ? UnsafeRawPointer(input.pixel(source, -padding)) : nil
      }
      run(
        rows: rows.baseAddress!, inStride: input.pixelStride, into: out, outStride: outStride,
        width: width)
    }
  }
}
