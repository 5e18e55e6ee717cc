import CKernels

/// The first convolution: 5x5, stride 2, RGB24 in, ReLU6. The pixels' normalisation
/// (x - mean) / scale happens while the windows are gathered, so no normalised picture exists. In
/// int8 the pixels stay as they are: they are a quantised map already.
public final class Stem: @unchecked Sendable {
  public let outputs: Int
  private let matrix: PackedMatrix
  private let kernels: Kernels
  private let height: Int
  private let width: Int
  private let scale: Float
  private let offset: Float
  /// What pixels outside are, in int8: the byte next to the mean.
  private let outside: UInt8
  private var picture: UnsafePointer<UInt8>!
  private var output: FeatureView!
  private var job: RowJob!

  /// Elements of a gathered window: 5 rows of 5 * 3 values and a zero (see ck_stem_row).
  private static let window = 5 * 16

  public init(
    _ source: some WeightSource, _ prefix: String, outputs: Int, height: Int, width: Int,
    mean: Float, scale: Float, workspace: Workspace, pool: ThreadPool, kernels: Kernels
  ) throws {
    self.outputs = outputs
    self.height = height
    self.width = width
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
            b[(ky * 16 + kx * 3 + colour) * outputs + o] =
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
    workspace.reserve(bytesPerPart: (width / 2) * Self.window * kernels.elementSize)
    job = RowJob(pool) { [unowned self] part, rows in
      for y in rows { run(row: y, gathered: workspace.part(part)) }
    }
  }

  /// - Parameters:
  ///   - picture: RGB24, rows of 3 * width bytes.
  ///   - output: height / 2 x width / 2.
  public func run(from picture: UnsafePointer<UInt8>, into output: FeatureView) {
    self.picture = picture
    self.output = output
    job.run(rows: height / 2)
  }

  private func run(row y: Int, gathered: UnsafeMutableRawPointer) {
    func row(_ tap: Int) -> UnsafePointer<UInt8>? {
      let source = 2 * y - 2 + tap
      return source >= 0 && source < height ? picture + source * width * 3 : nil
    }
    var windows = ck_stem_row(
      rows: (row(0), row(1), row(2), row(3), row(4)), in_width: Int32(width),
      width: Int32(width / 2), scale: scale, offset: offset, outside: outside,
      out: gathered)
    kernels.table.stem(&windows)
    matrix.multiply(
      gathered, stride: Self.window, into: output.pixel(y, 0), stride: output.pixelStride,
      count: width / 2)
  }
}
