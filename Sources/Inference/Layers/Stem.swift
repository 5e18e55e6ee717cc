import CKernels

/// The first convolution: 5x5, stride 2, RGB24 in, ReLU6. The pixels' normalisation
/// (x - mean) / scale happens while columns of the window's rows are gathered, so no normalised
/// picture exists. In int8 the pixels stay as they are: they are a quantised map already.
///
/// It computes rows for the block behind it, which reads them while they are in cache.
public final class Stem: @unchecked Sendable {
  public let outputs: Int
  /// Of the output.
  public let height: Int
  public let width: Int
  private let matrix: PackedMatrix
  private let kernels: Kernels
  private let scale: Float
  private let offset: Float
  /// What pixels outside are, in int8: the byte next to the mean.
  private let outside: UInt8

  private static let window = Int(CK_STEM_WINDOW)

  /// - Parameter height, width: of the picture.
  public init(
    _ source: some WeightSource, _ prefix: String, outputs: Int, height: Int, width: Int,
    mean: Float, scale: Float, kernels: Kernels
  ) throws {
    self.outputs = outputs
    self.height = height / 2
    self.width = width / 2
    self.scale = 1 / scale
    offset = -mean / scale
    outside = UInt8(min(max(mean, 0), 255).rounded())
    self.kernels = kernels
    let weights = try FoldedWeights(source, prefix, outputs: outputs, inputs: 3, kernel: 5)
    var b = [Float](repeating: 0, count: Self.window * outputs)
    for o in 0..<outputs {
      for colour in 0..<3 {
        for ky in 0..<5 {
          for kx in 0..<5 {
            b[((kx * 5 + ky) * 3 + colour) * outputs + o] =
              weights.values[((o * 3 + colour) * 5 + ky) * 5 + kx]
          }
        }
      }
    }
    let bytes = kernels.adding(
      "picture", Quantization(scale: 1 / scale, zeroPoint: min(max(mean, -1e4), 1e4)))
    matrix = PackedMatrix(
      b, bias: weights.bias, inputs: Self.window, activation: .relu6,
      maps: LayerMaps(input: "picture", output: prefix), kernels: bytes)
  }

  /// Bytes of scratch that a row needs, with what kernels may read past its end, in cache lines.
  var scratchBytes: Int {
    ((2 * width + 3) * 15 * kernels.elementSize + AlignedBuffer.slack + 63) / 64 * 64
  }

  /// Output row `y` of the picture (RGB24, rows of 6 * width bytes), `stride` elements from pixel to
  /// pixel.
  func run(
    row y: Int, of picture: UnsafePointer<UInt8>, into output: UnsafeMutableRawPointer, stride: Int,
    scratch: UnsafeMutableRawPointer
  ) {
    func row(_ tap: Int) -> UnsafePointer<UInt8>? {
      let source = 2 * y - 2 + tap
      return source >= 0 && source < 2 * height ? picture + source * width * 6 : nil
    }
    var columns = ck_stem_row(
      rows: (row(0), row(1), row(2), row(3), row(4)), in_width: Int32(2 * width),
      width: Int32(width), scale: scale, offset: offset, outside: outside, out: scratch)
    kernels.table.stem(&columns)
    // The next row's.
    if let last = row(5), let end = row(6) ?? row(5) {
      ck_prefetch(last, end - last + width * 6)
    }
    matrix.multiply(
      scratch, stride: Int(CK_STEM_STEP), into: output, stride: stride, count: width)
  }
}
