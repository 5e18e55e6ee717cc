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
  private let kernels: Kernels
  private let maps: LayerMaps
  private let quantized: QuantizedLayer?
  private let range: (lo: Float, hi: Float)
  private let packed: AlignedBuffer
  /// For each output, readable up to a whole panel: float32 bias, and for int8 the sum's begin and
  /// multiplier.
  private let bias: AlignedBuffer
  private let start: AlignedBuffer?
  private let multiplier: AlignedBuffer?

  /// - Parameters:
  ///   - b: row-major [inputs][outputs].
  ///   - maps: between which the layer stands; the output's includes the residual.
  public init(
    _ b: [Float], bias: [Float], inputs: Int, activation: Activation, maps: LayerMaps,
    kernels: Kernels
  ) {
    let outputs = bias.count
    precondition(b.count == inputs * outputs)
    self.inputs = inputs
    self.outputs = outputs
    self.kernels = kernels
    self.maps = maps
    range = activation.range
    let quantized =
      kernels.precision == .int8
      ? QuantizedLayer(
        b, outputs: outputs, output: { $0 % outputs }, maps: maps,
        quantizations: kernels.quantizations) : nil
    self.quantized = quantized
    switch kernels.backend {
    case .own:
      packed = AlignedBuffer(byteCount: kernels.table.packed_size(Int32(inputs), Int32(outputs)))
      kernels.table.pack(
        quantized?.values ?? b, outputs, Int32(inputs), Int32(outputs), packed.base)
    case .openBLAS:
      let copy = AlignedBuffer(byteCount: b.count * 4)
      b.withUnsafeBytes { copy.base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
      packed = copy
    }
    let panels = (outputs + Int(CK_PANEL) - 1) / Int(CK_PANEL)
    let columns = panels * Int(CK_PANEL)
    self.bias = AlignedBuffer(byteCount: columns * 4)
    start = quantized.map { AlignedBuffer($0.start, count: columns) }
    multiplier = quantized.map { AlignedBuffer($0.multiplier, count: columns) }
    bias.withUnsafeBufferPointer { setBias($0.baseAddress!) }
  }

  /// Of the packed weights.
  public var byteCount: Int { packed.byteCount }

  /// Changes the bias between runs: `outputs` values.
  public func setBias(_ values: UnsafePointer<Float>) {
    let bias = self.bias.base.assumingMemoryBound(to: Float.self)
    for index in 0..<outputs { bias[index] = quantized?.bias(values[index]) ?? values[index] }
  }

  public convenience init(
    _ weights: FoldedWeights, activation: Activation, maps: LayerMaps, kernels: Kernels
  ) {
    let (b, bias) = weights.matrix()
    self.init(
      b, bias: bias, inputs: weights.inputs, activation: activation, maps: maps, kernels: kernels)
  }

  /// `count` pixels from `a` to `c`, of which those of `a` may overlap; strides are elements from
  /// pixel to pixel (for `floatOut`, floats). `residual` is added before the activation. Of the outputs
  /// those in `columns`, whose first is at the begin of a panel; `c` and `residual` begin with it.
  public func multiply(
    _ a: UnsafeRawPointer, stride aStride: Int, into c: UnsafeMutableRawPointer,
    stride cStride: Int, count: Int, residual: UnsafeRawPointer? = nil, residualStride: Int = 0,
    columns: Range<Int>? = nil, floatOut: Bool = false, upcoming: Upcoming = .none
  ) {
    let columns = columns ?? 0..<outputs
    precondition(columns.lowerBound % Int(CK_PANEL) == 0)
    defer {
      if let recorder = kernels.recorder, let name = maps.output {
        recorder.record(
          name, c.assumingMemoryBound(to: Float.self), stride: cStride, count: count,
          channels: columns.count)
      }
    }
    if kernels.backend == .openBLAS {
      multiplyWithOpenBLAS(
        a, aStride, c, cStride, count, columns, residual: residual, residualStride: residualStride)
      return
    }
    func panels(_ first: Int) -> UnsafeMutableRawPointer {
      packed.base + kernels.table.packed_size(Int32(inputs), Int32(first))
    }
    let first = columns.lowerBound
    let next = columns.upperBound < outputs ? UnsafeRawPointer(panels(columns.upperBound)) : nil
    var epilogue = ck_epilogue(
      bias: UnsafePointer(bias.base.assumingMemoryBound(to: Float.self) + first),
      residual: residual, residual_stride: residualStride, lo: range.lo, hi: range.hi, next: next,
      upcoming: upcoming.memory,
      start: start.map { UnsafePointer($0.base.assumingMemoryBound(to: Int32.self) + first) },
      multiplier: multiplier.map {
        UnsafePointer($0.base.assumingMemoryBound(to: Float.self) + first)
      },
      residual_scale: quantized?.residualScale ?? 0)
    if !kernels.table.fetches { upcoming.fetch() }
    let gemm = floatOut ? kernels.table.gemm_float_out : kernels.table.gemm
    gemm!(
      a, aStride, panels(first), c, cStride, Int32(count), Int32(columns.count), Int32(inputs),
      &epilogue)
  }

  private func multiplyWithOpenBLAS(
    _ a: UnsafeRawPointer, _ aStride: Int, _ c: UnsafeMutableRawPointer, _ cStride: Int,
    _ count: Int, _ columns: Range<Int>, residual: UnsafeRawPointer?, residualStride: Int
  ) {
    let out = c.assumingMemoryBound(to: Float.self)
    let bias = self.bias.base.assumingMemoryBound(to: Float.self) + columns.lowerBound
    // It takes no rows that overlap, but every second or third of them, which do not.
    let step = (inputs + aStride - 1) / aStride
    for first in 0..<min(step, count) {
      openblas_sgemm(
        Int32((count - first + step - 1) / step), Int32(columns.count), Int32(inputs),
        a.assumingMemoryBound(to: Float.self) + first * aStride, Int32(step * aStride),
        packed.base.assumingMemoryBound(to: Float.self) + columns.lowerBound, Int32(outputs),
        out + first * cStride, Int32(step * cStride))
    }
    for i in 0..<count {
      let row = out + i * cStride
      if let residual {
        let added = residual.assumingMemoryBound(to: Float.self) + i * residualStride
        for j in 0..<columns.count { row[j] += added[j] }
      }
      for j in 0..<columns.count { row[j] = min(max(row[j] + bias[j], range.lo), range.hi) }
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
