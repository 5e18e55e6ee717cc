import CKernels

/// A depthwise convolution with "same" padding, run a few rows at a time.
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
  private let start: AlignedBuffer?
  private let multiplier: AlignedBuffer?
  private let zeroPoint: Int32
  private let output: String?

  /// - Parameters:
  ///   - channelOrder: channel c of the input is channel `channelOrder[c]` of the weights.
  ///   - maps: between which the layer stands.
  public init(
    _ weights: FoldedWeights, stride: Int = 1, dilation: Int = 1, activation: Activation,
    channelOrder: [Int]? = nil, maps: LayerMaps, kernels: Kernels
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
    output = maps.output
    let taps = weights.kernel * weights.kernel
    let channels = weights.outputs
    var values = [Float](repeating: 0, count: taps * channels)
    var biases = [Float](repeating: 0, count: channels)
    for c in 0..<channels {
      let source = channelOrder?[c] ?? c
      for tap in 0..<taps { values[tap * channels + c] = weights.values[source * taps + tap] }
      biases[c] = weights.bias[source]
    }
    let quantized =
      kernels.precision == .int8
      ? QuantizedLayer(
        values, outputs: channels, output: { $0 % channels }, maps: maps,
        quantizations: kernels.quantizations)
      : nil
    let padded = (channels + 15) / 16 * 16
    bias = AlignedBuffer(biases.map { quantized?.bias($0) ?? $0 }, count: padded)
    start = quantized.map { AlignedBuffer($0.start, count: padded) }
    multiplier = quantized.map { AlignedBuffer($0.multiplier, count: padded) }
    zeroPoint = Int32(quantized?.input.zeroPoint ?? 0)
    self.weights = AlignedBuffer(
      byteCount: kernels.table.packed_depthwise_size(Int32(kernel), Int32(channels)))
    kernels.table.pack_depthwise(
      quantized?.values ?? values, Int32(kernel), Int32(channels), self.weights.base)
  }

  /// Channels at whose multiples a part of them may begin.
  static let channelGroup = Int(CK_PANEL)

  /// Output rows for `height` input rows.
  public func outputSize(_ size: Int) -> Int {
    (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
  }

  /// The input rows that output row `y` reads, those outside included.
  public func inputRow(_ y: Int, tap: Int) -> Int { y * stride - padding + tap * dilation }

  /// Computes rows of the output, two at a time where it can be.
  ///
  /// - Parameters:
  ///   - rows: which; also those that `inputRow` and `outputRow` are asked for.
  ///   - channels: which; the first at a multiple of `channelGroup`. Rows begin with it.
  ///   - width: pixels of an output row.
  ///   - inputRow: an input row's pixel `-padding` (in the halo); nil outside the map.
  ///   - outputRow: an output row's pixel 0.
  @inline(__always)
  func run(
    rows: Range<Int>, channels: Range<Int>? = nil, width: Int, inStride: Int, outStride: Int,
    upcoming: (Range<Int>) -> Upcoming = { _ in .none },
    inputRow: (Int) -> UnsafeRawPointer?, outputRow: (Int) -> UnsafeMutableRawPointer
  ) {
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: kernel + stride) { taps in
      // The two rows of a pair read the same input rows when they lie a dilation apart.
      var first = rows.lowerBound
      while first < rows.upperBound {
        for y in first..<min(first + dilation, rows.upperBound) {
          let second = y + dilation < rows.upperBound ? outputRow(y + dilation) : nil
          for tap in 0..<(second == nil ? kernel : kernel + stride) {
            taps[tap] = inputRow(self.inputRow(y, tap: tap))
          }
          run(
            taps: UnsafePointer(taps.baseAddress!), channels: channels ?? 0..<self.channels,
            inStride: inStride,
            into: (outputRow(y), second), outStride: outStride, width: width,
            upcoming: upcoming(y..<(second == nil ? y : y + dilation) + 1))
        }
        first += 2 * dilation
      }
    }
  }

  /// Rows of the output from a whole map, whose halo holds the padding. Of the channels those given,
  /// with which both maps begin. Meanwhile the same rows of `upcoming`, an input and an output, are
  /// fetched.
  public func run(
    rows: Range<Int>, channels: Range<Int>? = nil, from input: FeatureView,
    into output: FeatureView, upcoming: (input: FeatureView, output: FeatureView)? = nil
  ) {
    run(
      rows: rows, channels: channels, width: output.width, inStride: input.pixelStride,
      outStride: output.pixelStride,
      upcoming: { rows in upcoming.map { .slices(rows, of: $0.input, and: $0.output) } ?? .none },
      inputRow: {
        $0 >= 0 && $0 < input.height ? UnsafeRawPointer(input.pixel($0, -padding)) : nil
      },
      outputRow: { output.pixel($0 - rows.lowerBound, 0) })
  }

  private func run(
    taps: UnsafePointer<UnsafeRawPointer?>, channels: Range<Int>, inStride: Int,
    into out: (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?), outStride: Int, width: Int,
    upcoming: Upcoming
  ) {
    let first = channels.lowerBound
    precondition(first % Self.channelGroup == 0)
    var rows = ck_depthwise_rows(
      rows: taps,
      weights: weights.base + kernels.table.packed_depthwise_size(Int32(kernel), Int32(first)),
      bias: UnsafePointer(bias.base.assumingMemoryBound(to: Float.self) + first), out: out,
      in_stride: inStride, out_stride: outStride, width: Int32(width),
      channels: Int32(channels.count), kernel: Int32(kernel), stride: Int32(stride),
      dilation: Int32(dilation), lo: range.lo, hi: range.hi, upcoming: upcoming.memory,
      start: start.map { UnsafePointer($0.base.assumingMemoryBound(to: Int32.self) + first) },
      multiplier: multiplier.map {
        UnsafePointer($0.base.assumingMemoryBound(to: Float.self) + first)
      },
      zero_point: zeroPoint)
    kernels.table.depthwise(&rows)
    if let recorder = kernels.recorder, let output {
      for row in [out.0, out.1] {
        guard let row else { continue }
        recorder.record(
          output, row.assumingMemoryBound(to: Float.self), stride: outStride, count: width,
          channels: channels.count)
      }
    }
  }
}
