import CKernels
import Inference
import SeededRandom
import Testing

/// Every int8 version of this CPU gives the very numbers that the plain one gives. What it reads and
/// writes lies between guard pages, as long as nn.h says.
@Suite struct Int8KernelTests {
  static let versions = Kernels.levels.filter { ck_nn_i8($0).pointee.isa == $0 }
  private static var plain: ck_nn { ck_nn_i8(CK_ISA_PORTABLE).pointee }

  @Test(arguments: versions)
  func matrices(isa: ck_isa) {
    var random = SplitMix(seed: 7)
    let table = ck_nn_i8(isa).pointee
    for (m, n, k) in [
      (1, 1, 1), (3, 5, 7), (13, 33, 18), (12, 32, 64), (25, 70, 131), (40, 16, 16), (7, 48, 1027),
      // More rows than L2 holds of them.
      (801, 33, 1300),
      // Fewer rows than a tile fit a chunk; not even one.
      (7, 5, 9001), (2, 3, 50001),
      // So many rows in a chunk that a row's and a tile's number have a product beyond 32 bits.
      (163_840, 1, 1),
    ] {
      let product = Product(m, n, k, random.biases(n, paddedTo: Int(CK_PANEL)), &random)
      for isResidual in [false, true] {
        let expected = product.bytes(Self.plain, isResidual: isResidual)
        #expect(product.bytes(table, isResidual: isResidual) == expected, "\(m)x\(n)x\(k)")
        #expect(Set(expected).count > min(m * n, 4) / 2, "not all clamped")
      }
      #expect(product.floats(table) == product.floats(Self.plain), "\(m)x\(n)x\(k)")
    }
  }

  @Test(arguments: versions)
  func depthwise(isa: ck_isa) {
    var random = SplitMix(seed: 8)
    let table = ck_nn_i8(isa).pointee
    for kernel in [3, 5, 7] {
      for (stride, dilation) in [(1, 1), (2, 1), (1, 2), (1, 5)] {
        for (width, channels) in [
          (1, 1), (5, 17), (9, 64), (27, 70), (50, 131), (25, 32), (8, 41), (3, 63),
        ] {
          let rows = DepthwiseRows(
            kernel: kernel, stride: stride, dilation: dilation, width: width, channels: channels,
            bias: random.biases(channels, paddedTo: 16), &random)
          for (outRows, missing) in [
            (1, nil), (2, 0), (2, kernel + stride - 1), (1, 1),
          ] as [(Int, Int?)] {
            #expect(
              rows.run(table, outRows: outRows, missing: missing)
                == rows.run(Self.plain, outRows: outRows, missing: missing),
              "\(kernel) stride \(stride) dilation \(dilation) \(width)x\(channels) \(outRows)")
          }
        }
      }
    }
  }

  /// What no byte can hold is clamped, and what is no number is zero, wherever bytes are made.
  @Test(arguments: versions)
  func anythingBecomesAByte(isa: ck_isa) {
    var random = SplitMix(seed: 9)
    let table = ck_nn_i8(isa).pointee
    for n in [5, 16, 40] {
      let bias = (0..<64).map { Self.specials[$0 % Self.specials.count] }
      let product = Product(13, n, 9, bias, &random)
      let expected = product.bytes(Self.plain, isResidual: true)
      #expect(expected.prefix(4) == [0, 0, 255, 0])
      #expect(product.bytes(table, isResidual: true) == expected)
      let rows = DepthwiseRows(
        kernel: 3, stride: 1, dilation: 1, width: 9, channels: n, bias: bias, &random)
      #expect(
        rows.run(table, outRows: 2, missing: nil) == rows.run(Self.plain, outRows: 2, missing: nil))
    }
  }

  @Test(arguments: versions)
  func stemColumns(isa: ck_isa) {
    var random = SplitMix(seed: 10)
    let table = ck_nn_i8(isa).pointee
    for inWidth in [1, 2, 3, 4, 5, 6, 7, 11, 17, 64, 65] {
      for edge in GuardedMemory.Edge.allCases {
        let rows = (0..<5).map { _ in GuardedValues(random.bytes(3 * inWidth), at: edge) }
        for missing in [[], [0], [4], [0, 1], [3, 4]] as [[Int]] {
          func run(_ table: ck_nn) -> [UInt8] {
            let width = Int32((inWidth + 1) / 2)
            let taps = (0..<5).map { missing.contains($0) ? nil : UnsafePointer(rows[$0].base) }
            let out = GuardedValues(
              [UInt8](repeating: 77, count: Int(2 * width + 3) * 15), at: edge)
            var row = ck_stem_row(
              rows: (taps[0], taps[1], taps[2], taps[3], taps[4]), in_width: Int32(inWidth),
              width: width, scale: 0, offset: 0, outside: 131, out: out.base)
            table.stem(&row)
            #expect(out.isIntact)
            return out.values
          }
          #expect(run(table) == run(Self.plain), "width \(inWidth) without rows \(missing)")
        }
      }
    }
  }

  @Test(arguments: versions)
  func sums(isa: ck_isa) {
    var random = SplitMix(seed: 11)
    let table = ck_nn_i8(isa).pointee
    func check(_ pixels: [UInt8], stride: Int, count: Int, _ sums: [Float]) -> [Float] {
      let pixels = GuardedValues(pixels)
      let (found, expected) = (GuardedValues(sums), GuardedValues(sums))
      table.accumulate(pixels.base, stride, Int32(count), Int32(sums.count), found.base)
      Self.plain.accumulate(pixels.base, stride, Int32(count), Int32(sums.count), expected.base)
      #expect(found.values == expected.values, "\(count) pixels of \(sums.count) channels")
      #expect(pixels.isIntact && found.isIntact && expected.isIntact)
      return expected.values
    }
    for channels in [1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 33, 70] {
      for (stride, count) in [(channels, 1), (channels + 1, 2), (channels + 5, 9)] {
        _ = check(
          random.bytes((count - 1) * stride + channels), stride: stride, count: count,
          random.values(channels).map { 1000 * $0 })
      }
    }
    // More than a float counts one by one.
    let many = 236_471
    #expect(
      check([UInt8](repeating: 255, count: many), stride: 1, count: many, [0])
        == [Float(255 * many)])
  }

  @Test(arguments: versions)
  func conversions(isa: ck_isa) {
    var random = SplitMix(seed: 12)
    let table = ck_nn_i8(isa).pointee
    for count in 0...40 {
      let floats = GuardedValues(
        count == 40
          ? Self.specials + random.values(24).map { 300 * $0 }
          : random.values(count).map { 128 + 200 * $0 })
      let (found, expected) = (
        GuardedValues([UInt8](repeating: 77, count: floats.count)),
        GuardedValues([UInt8](repeating: 77, count: floats.count))
      )
      table.from_float(floats.base, found.base, floats.count)
      Self.plain.from_float(floats.base, expected.base, floats.count)
      #expect(found.values == expected.values, "\(floats.values)")
      let back = GuardedValues([Float](repeating: 77, count: floats.count))
      table.to_float(found.base, back.base, floats.count)
      #expect(back.values == found.values.map(Float.init))
      #expect(found.isIntact && back.isIntact)
      withExtendedLifetime(floats) {}
    }
  }

  /// No numbers first; ties, and what lies just beside them; beyond a byte and beyond 32 bits.
  private static let specials: [Float] = [
    .nan, -.nan, .infinity, -.infinity, 0.5, 1.5, 2.5, 254.5, 255.5, -0.5, -0.0, 1e-40, 3e9, -3e9,
    .greatestFiniteMagnitude, Float(254.5).nextDown,
  ]

  /// Fetching changes nothing, whatever is at the addresses.
  fileprivate static var upcoming: ck_upcoming {
    let nowhere = UnsafeRawPointer(bitPattern: 4096)
    return ck_upcoming(
      rows: nowhere, row_bytes: 1000,
      slices: (
        ck_slices(first: nowhere, bytes: 100, stride: 500, count: 9),
        ck_slices(first: nowhere, bytes: 1, stride: 64, count: 50)
      ))
  }
}

extension SplitMix {
  fileprivate mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }
  fileprivate mutating func weights(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(Int.random(in: -127...127, using: &self)) }
  }
  fileprivate mutating func biases(_ count: Int, paddedTo multiple: Int) -> [Float] {
    values((count + multiple - 1) / multiple * multiple).map { 100 + 30 * $0 }
  }
}

/// How sums become bytes, for each output and the padding behind them.
private struct OutputScales {
  let start: GuardedValues<Int32>
  let multiplier: GuardedValues<Float>
  let bias: GuardedValues<Float>

  init(bias: [Float], starts: ClosedRange<Int32>, _ random: inout SplitMix) {
    start = GuardedValues(bias.map { _ in Int32.random(in: starts, using: &random) })
    multiplier = GuardedValues(random.values(bias.count).map { abs($0) * 0.02 })
    self.bias = GuardedValues(bias)
  }
}

/// A matrix product with all that belongs to it.
private struct Product {
  let m: Int
  let n: Int
  let k: Int
  private let aStride: Int
  private let cStride: Int
  private let a: GuardedValues<UInt8>
  private let residual: GuardedValues<UInt8>
  private let scales: OutputScales
  private let weights: [Float]

  init(_ m: Int, _ n: Int, _ k: Int, _ bias: [Float], _ random: inout SplitMix) {
    (self.m, self.n, self.k) = (m, n, k)
    (aStride, cStride) = (k + 3, n + 2)
    // The last row in whole fours, which may be read.
    a = GuardedValues(random.bytes((m - 1) * aStride + (k + 3) / 4 * 4))
    residual = GuardedValues(random.bytes((m - 1) * cStride + n))
    let padded = (n + Int(CK_PANEL) - 1) / Int(CK_PANEL) * Int(CK_PANEL)
    scales = OutputScales(bias: Array(bias.prefix(padded)), starts: -9999...9999, &random)
    weights = random.weights(k * n)
  }

  func bytes(_ table: ck_nn, isResidual: Bool) -> [UInt8] {
    run(table, table.gemm, fill: 77, isResidual: isResidual)
  }
  func floats(_ table: ck_nn) -> [Float] {
    run(table, table.gemm_float_out, fill: 77, isResidual: false)
  }

  /// What lies between the rows of the output stays `fill`.
  private func run<Value: BitwiseCopyable>(
    _ table: ck_nn, _ gemm: ck_gemm, fill: Value, isResidual: Bool
  ) -> [Value] {
    let packed = GuardedMemory(byteCount: table.packed_size(Int32(k), Int32(n)), at: .end)
    table.pack(weights, n, Int32(k), Int32(n), packed.base)
    let c = GuardedValues([Value](repeating: fill, count: (m - 1) * cStride + n))
    var epilogue = ck_epilogue(
      bias: scales.bias.base, residual: isResidual ? UnsafeRawPointer(residual.base) : nil,
      residual_stride: cStride, lo: 0, hi: 0, next: nil,
      upcoming: isResidual ? Int8KernelTests.upcoming : ck_upcoming(), start: scales.start.base,
      multiplier: scales.multiplier.base, residual_scale: 0.7)
    gemm(a.base, aStride, packed.base, c.base, cStride, Int32(m), Int32(n), Int32(k), &epilogue)
    #expect(packed.isIntact && c.isIntact && a.isIntact)
    return c.values
  }
}

/// One or two rows of a depthwise convolution with all that belongs to them.
private struct DepthwiseRows {
  let kernel: Int
  let stride: Int
  let dilation: Int
  let width: Int
  let channels: Int
  private let inStride: Int
  private let outStride: Int
  private let input: [GuardedValues<UInt8>]
  private let scales: OutputScales
  private let weights: [Float]

  init(
    kernel: Int, stride: Int, dilation: Int, width: Int, channels: Int, bias: [Float],
    _ random: inout SplitMix
  ) {
    (self.kernel, self.stride, self.dilation) = (kernel, stride, dilation)
    (self.width, self.channels) = (width, channels)
    (inStride, outStride) = (channels + 1, channels + 3)
    let pixels = (width - 1) * stride + dilation * (kernel - 1) + 1
    let edge = GuardedMemory.Edge.allCases[(width + channels) % 2]
    input = (0..<kernel + stride).map { [inStride] _ in
      GuardedValues(random.bytes((pixels - 1) * inStride + channels), at: edge)
    }
    let padded = (channels + 15) / 16 * 16
    scales = OutputScales(bias: Array(bias.prefix(padded)), starts: -999...999, &random)
    weights = random.weights(kernel * kernel * channels)
  }

  /// - Parameter missing: an input row outside.
  func run(_ table: ck_nn, outRows: Int, missing: Int?) -> [[UInt8]] {
    let packed = GuardedMemory(
      byteCount: table.packed_depthwise_size(Int32(kernel), Int32(channels)), at: .end)
    table.pack_depthwise(weights, Int32(kernel), Int32(channels), packed.base)
    var rows = input.map { Optional(UnsafeRawPointer($0.base)) }
    if let missing { rows[missing] = nil }
    let out = (0..<outRows).map { row in
      GuardedValues(
        [UInt8](repeating: 77, count: (width - 1) * outStride + channels),
        at: GuardedMemory.Edge.allCases[(width + row) % 2])
    }
    rows.withUnsafeBufferPointer { rows in
      var work = ck_depthwise_rows(
        rows: rows.baseAddress, weights: packed.base, bias: scales.bias.base,
        out: (
          UnsafeMutableRawPointer(out[0].base),
          outRows > 1 ? UnsafeMutableRawPointer(out[1].base) : nil
        ),
        in_stride: inStride, out_stride: outStride, width: Int32(width), channels: Int32(channels),
        kernel: Int32(kernel), stride: Int32(stride), dilation: Int32(dilation), lo: 0, hi: 0,
        upcoming: missing == nil ? ck_upcoming() : Int8KernelTests.upcoming,
        start: scales.start.base, multiplier: scales.multiplier.base, zero_point: 131)
      table.depthwise(&work)
    }
    #expect(packed.isIntact && out.allSatisfy(\.isIntact))
    return out.map(\.values)
  }
}
