import CKernels
import COpenBLAS

/// What a convolution clamps its sums to.
public enum Activation: Sendable {
  case none, relu, relu6

  var range: (lo: Float, hi: Float) {
    switch self {
    case .none: (-.infinity, .infinity)
    case .relu: (0, .infinity)
    case .relu6: (0, 6)
    }
  }
}

/// The weights of a pointwise (1x1) convolution, packed once for the kernels that run it, with
/// bias and activation: C = act(A * B + bias [+ residual]).
public final class PackedMatrix: @unchecked Sendable {
  public let inputs: Int
  public let outputs: Int
  /// Readable up to a whole panel. Layers may change it between runs (image pooling does).
  public let bias: UnsafeMutablePointer<Float>
  private let kernels: Kernels
  private let range: (lo: Float, hi: Float)
  private let packed: AlignedBuffer
  private let biasMemory: AlignedBuffer

  /// - Parameter b: row-major [inputs][outputs].
  public init(_ b: [Float], bias: [Float], inputs: Int, activation: Activation, kernels: Kernels) {
    let outputs = bias.count
    precondition(b.count == inputs * outputs)
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    range = activation.range
    switch kernels.backend {
    case .own:
      packed = AlignedBuffer(byteCount: kernels.table.packed_size(Int32(inputs), Int32(outputs)))
      kernels.table.pack(b, outputs, Int32(inputs), Int32(outputs), packed.base)
    case .openBLAS:
      let copy = AlignedBuffer(byteCount: b.count * 4)
      b.withUnsafeBytes { copy.base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
      packed = copy
    }
    let panels = (outputs + Int(CK_PANEL) - 1) / Int(CK_PANEL)
    biasMemory = AlignedBuffer(byteCount: panels * Int(CK_PANEL) * 4)
    self.bias = biasMemory.base.assumingMemoryBound(to: Float.self)
    for (index, value) in bias.enumerated() { self.bias[index] = value }
  }

  public convenience init(_ weights: FoldedWeights, activation: Activation, kernels: Kernels) {
    let (b, bias) = weights.matrix()
    self.init(b, bias: bias, inputs: weights.inputs, activation: activation, kernels: kernels)
  }

  /// `count` pixels from `a` to `c`; strides are elements from pixel to pixel (for `floatOut`,
  /// floats). `residual` is added before the activation.
  public func multiply(
    _ a: UnsafeRawPointer, stride aStride: Int, into c: UnsafeMutableRawPointer,
    stride cStride: Int, count: Int, residual: UnsafeRawPointer? = nil, residualStride: Int = 0,
    floatOut: Bool = false
  ) {
    if kernels.backend == .openBLAS {
      multiplyWithOpenBLAS(
        a, aStride, c, cStride, count, residual: residual, residualStride: residualStride)
      return
    }
    var epilogue = ck_epilogue(
      bias: bias, residual: residual, residual_stride: residualStride, lo: range.lo, hi: range.hi)
    let gemm = floatOut ? kernels.table.gemm_float_out : kernels.table.gemm
    gemm!(
      a, aStride, packed.base, c, cStride, Int32(count), Int32(outputs), Int32(inputs), &epilogue)
  }

  private func multiplyWithOpenBLAS(
    _ a: UnsafeRawPointer, _ aStride: Int, _ c: UnsafeMutableRawPointer, _ cStride: Int,
    _ count: Int, residual: UnsafeRawPointer?, residualStride: Int
  ) {
    let out = c.assumingMemoryBound(to: Float.self)
    openblas_sgemm(
      Int32(count), Int32(outputs), Int32(inputs), a.assumingMemoryBound(to: Float.self),
      Int32(aStride), packed.base.assumingMemoryBound(to: Float.self), Int32(outputs), out,
      Int32(cStride))
    for i in 0..<count {
      let row = out + i * cStride
      if let residual {
        let added = residual.assumingMemoryBound(to: Float.self) + i * residualStride
        for j in 0..<outputs { row[j] += added[j] }
      }
      for j in 0..<outputs { row[j] = min(max(row[j] + bias[j], range.lo), range.hi) }
    }
  }

  /// Rows `rows` of a map; as few calls as their layout in memory allows.
  public func multiply(rows: Range<Int>, from a: FeatureView, into c: FeatureView) {
    if a.isContiguous && c.isContiguous {
      multiply(
        a.pixel(rows.lowerBound, 0), stride: a.pixelStride, into: c.pixel(rows.lowerBound, 0),
        stride: c.pixelStride, count: rows.count * a.width)
      return
    }
    for y in rows {
      multiply(
        a.pixel(y, 0), stride: a.pixelStride, into: c.pixel(y, 0), stride: c.pixelStride,
        count: a.width)
    }
  }
}
