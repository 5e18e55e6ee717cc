import CKernels

/// A 7x7 depthwise convolution with "same" padding, four rows of the output at a time, by Winograd's
/// algorithm along y: half the multiplications of the plain one, whose rounding errors it has about
/// ten times. Computed in float32 by AVX2 or AVX-512, whatever the maps' element, where the plain one is.
///
/// The transform of the input, which costs a third of a convolution, serves all convolutions of one
/// input (`transform`).
public final class WinogradDepthwise: @unchecked Sendable {
  /// Rows of the output computed together.
  public static let rows = Int(CK_WINOGRAD_ROWS)
  private static let padding = 3

  private let channels: Int
  private let kernels: Kernels
  private let range: (lo: Float, hi: Float)
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer

  /// Whether these kernels have it. While ranges are recorded the plain convolutions run: they show
  /// the recorder what they write.
  public static func serves(_ kernels: Kernels) -> Bool {
    kernels.backend == .own && kernels.table.winograd_rows != nil && kernels.recorder == nil
  }

  public init(_ weights: FoldedWeights, activation: Activation, kernels: Kernels) {
    precondition(weights.inputs == 1 && weights.kernel == 7)
    channels = weights.outputs
    self.kernels = kernels
    range = activation.range
    let taps = weights.kernel * weights.kernel
    var values = [Float](repeating: 0, count: taps * channels)
    for c in 0..<channels {
      for tap in 0..<taps { values[tap * channels + c] = weights.values[c * taps + tap] }
    }
    self.weights = AlignedBuffer(
      byteCount: ck_packed_winograd_count(Int32(channels)) * MemoryLayout<Float>.stride)
    ck_pack_winograd(
      values, Int32(channels), self.weights.base.assumingMemoryBound(to: Float.self))
    bias = AlignedBuffer(weights.bias, count: (channels + 15) / 16 * 16)
  }

  /// Bytes of a transformed input for `width` columns of the output.
  public static func transformedBytes(width: Int, channels: Int) -> Int {
    (channels + 15) / 16 * 16 * Int(CK_WINOGRAD_POINTS) * (width + 2 * padding)
      * MemoryLayout<Float>.stride
  }

  /// Transforms what output rows `row..<row + rows` read, in the columns given.
  ///
  /// - Parameters:
  ///   - input: with a halo of three columns.
  ///   - transformed: memory of `transformedBytes`.
  public static func transform(
    row: Int, columns: Range<Int>, from input: FeatureView,
    into transformed: UnsafeMutableRawPointer, kernels: Kernels
  ) {
    func at(_ tap: Int) -> UnsafeRawPointer? {
      let y = row - padding + tap
      guard y >= 0, y < input.height else { return nil }
      return UnsafeRawPointer(input.pixel(y, columns.lowerBound - padding))
    }
    var work = ck_winograd_input(
      rows: (at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), at(8), at(9)),
      in_stride: input.pixelStride, columns: Int32(columns.count + 2 * padding),
      channels: Int32(input.channels), out: transformed.assumingMemoryBound(to: Float.self))
    kernels.table.winograd_input(&work)
  }

  /// Computes rows 0..<output.height, at most four, of a transformed input's columns.
  public func run(_ transformed: UnsafeRawPointer, into output: FeatureView) {
    precondition(output.height <= Self.rows && output.channels == channels)
    func at(_ row: Int) -> UnsafeMutableRawPointer? {
      row < output.height ? output.pixel(row, 0) : nil
    }
    var work = ck_winograd_rows(
      in: transformed.assumingMemoryBound(to: Float.self),
      weights: UnsafePointer(weights.base.assumingMemoryBound(to: Float.self)),
      bias: UnsafePointer(bias.base.assumingMemoryBound(to: Float.self)),
      out: (at(0), at(1), at(2), at(3)), out_stride: output.pixelStride,
      width: Int32(output.width), channels: Int32(channels), lo: range.lo, hi: range.hi)
    kernels.table.winograd_rows(&work)
  }
}
