import CKernels
import Inference
import SeededRandom
import Testing

/// A kernel table of this CPU and the plain one of the same element type.
struct KernelVersion: Sendable, CustomTestStringConvertible {
  enum Element: CaseIterable, Sendable { case float, bfloat16 }
  var element: Element
  var isa: ck_isa

  static func table(_ element: Element, _ isa: ck_isa) -> ck_nn {
    element == .float ? ck_nn_f32(isa).pointee : ck_nn_bf16(isa).pointee
  }
  var table: ck_nn { Self.table(element, isa) }
  var plain: ck_nn { Self.table(element, CK_ISA_PORTABLE) }
  var testDescription: String { String(cString: table.name) }

  /// Every version that this CPU can run, the plain ones included.
  static let all: [KernelVersion] = Element.allCases.flatMap { element in
    var seen: Set<String> = []
    return Kernels.levels.map { KernelVersion(element: element, isa: $0) }
      .filter { seen.insert($0.testDescription).inserted }
  }
}

/// Elements of a table's type between guard pages.
final class Elements {
  let table: ck_nn
  let count: Int
  private let memory: GuardedMemory

  init(_ table: ck_nn, _ values: [Float], at edge: GuardedMemory.Edge = .end) {
    self.table = table
    count = values.count
    memory = GuardedMemory(byteCount: count * table.element_size, at: edge)
    table.from_float(values, base, count)
  }

  var base: UnsafeMutableRawPointer { memory.base }

  var values: [Float] {
    var out = [Float](repeating: 0, count: count)
    table.to_float(base, &out, count)
    return out
  }

  /// Nothing was written outside.
  var isIntact: Bool { memory.isIntact }
}

extension SplitMix {
  mutating func values(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float.random(in: -1...1, using: &self) }
  }
}

func expectClose(
  _ found: [Float], _ expected: [Float], tolerance: Float, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let largest = max(1, expected.map(abs).max() ?? 0)
  for (index, pair) in zip(found, expected).enumerated()
  where !(abs(pair.0 - pair.1) <= tolerance * largest) {
    Issue.record(
      "\(what): element \(index) is \(pair.0), plain \(pair.1)", sourceLocation: sourceLocation)
    return
  }
}

@Suite struct KernelTests {
  /// One part in 2^8 for an element that is rounded to bfloat16, else float rounding of sums.
  private func tolerance(_ version: KernelVersion, terms: Int = 1) -> Float {
    version.element == .float ? sumTolerance(terms) : 1.0 / 128
  }
  private func sumTolerance(_ terms: Int) -> Float { 2e-6 * max(1, Float(terms) / 4096) }

  /// Fetching changes nothing, whatever is at the addresses: here pages that must not be touched too.
  private static func upcoming(_ some: Elements) -> ck_upcoming {
    ck_upcoming(
      rows: UnsafeRawPointer(some.base), row_bytes: 100_000,
      slices: (
        ck_slices(first: some.base + 60, bytes: 100, stride: 4096, count: 50),
        ck_slices(first: some.base + 4000, bytes: 1, stride: 64, count: 9)
      ))
  }

  private static func packed(_ b: [Float], _ k: Int, _ n: Int, _ table: ck_nn) -> [UInt8] {
    var packed = [UInt8](repeating: 0, count: table.packed_size(Int32(k), Int32(n)))
    table.pack(b, n, Int32(k), Int32(n), &packed)
    return packed
  }

  @Test(arguments: KernelVersion.all)
  func matrixProductsAgree(_ version: KernelVersion) {
    var random = SplitMix(seed: 1)
    let (table, plain) = (version.table, version.plain)
    for (m, n, k) in [
      (1, 1, 1), (1, 31, 3), (5, 16, 7), (11, 17, 24), (12, 32, 5), (13, 33, 96), (23, 24, 31),
      (25, 48, 16), (31, 11, 128), (64, 100, 63), (130, 5, 257), (97, 64, 1024),
      (19, 56, 9), (29, 20, 40),
      // More rows than L2 holds of them; fewer than a tile; one that no chunk holds.
      (401, 33, 1024), (50, 5, 30001), (3, 2, 140_001),
    ] {
      let aStride = (k + 3) / 2 * 2
      let cStride = n + 5
      let a = Elements(table, random.values(m * aStride + 1))
      let b = random.values(k * n)
      var bias = random.values(n)
      bias += [Float](repeating: 0, count: 32)
      let residual = Elements(table, random.values(m * cStride))
      // Versions of one element may pack differently.
      let (packed, plainPacked) = (Self.packed(b, k, n, table), Self.packed(b, k, n, plain))
      for (isResidual, lo, hi) in [
        (false, -Float.infinity, Float.infinity), (true, 0, 6), (true, -.infinity, .infinity),
      ] {
        var epilogue = ck_epilogue(
          bias: nil, residual: isResidual ? UnsafeRawPointer(residual.base) : nil,
          residual_stride: cStride, lo: lo, hi: hi,
          next: isResidual ? UnsafeRawPointer(a.base) : nil,
          upcoming: isResidual ? Self.upcoming(a) : ck_upcoming(), start: nil, multiplier: nil,
          residual_scale: 0)
        let start = random.values(m * cStride)
        let (found, expected) = (Elements(table, start), Elements(table, start))
        bias.withUnsafeBufferPointer { pointer in
          epilogue.bias = pointer.baseAddress
          table.gemm(
            a.base, aStride, packed, found.base, cStride, Int32(m), Int32(n), Int32(k), &epilogue)
          plain.gemm(
            a.base, aStride, plainPacked, expected.base, cStride, Int32(m), Int32(n), Int32(k),
            &epilogue)
        }
        // Between the rows too: what lies beyond column n stays as it was.
        expectClose(
          found.values, expected.values, tolerance: tolerance(version, terms: k),
          "gemm \(m)x\(n)x\(k)")
        #expect(found.isIntact && expected.isIntact)
      }
      var epilogue = ck_epilogue(
        bias: nil, residual: nil, residual_stride: 0, lo: -.infinity, hi: .infinity,
        next: nil, upcoming: ck_upcoming(), start: nil, multiplier: nil, residual_scale: 0)
      var (found, expected) = (random.values(m * cStride), [Float]())
      expected = found
      bias.withUnsafeBufferPointer { pointer in
        epilogue.bias = pointer.baseAddress
        table.gemm_float_out(
          a.base, aStride, packed, &found, cStride, Int32(m), Int32(n), Int32(k), &epilogue)
        plain.gemm_float_out(
          a.base, aStride, plainPacked, &expected, cStride, Int32(m), Int32(n), Int32(k), &epilogue)
      }
      expectClose(
        found, expected, tolerance: sumTolerance(k), "gemm_float_out \(m)x\(n)x\(k)")
    }
  }

  /// The plain product itself, against the definition in double precision.
  @Test func plainMatrixProductIsTheDefinition() {
    var random = SplitMix(seed: 2)
    let table = KernelVersion.table(.float, CK_ISA_PORTABLE)
    let (m, n, k) = (7, 37, 19)
    let (a, b) = (random.values(m * k), random.values(k * n))
    let bias = random.values(64)
    var packed = [UInt8](repeating: 0, count: table.packed_size(Int32(k), Int32(n)))
    table.pack(b, n, Int32(k), Int32(n), &packed)
    var c = [Float](repeating: 0, count: m * n)
    bias.withUnsafeBufferPointer { pointer in
      var epilogue = ck_epilogue(
        bias: pointer.baseAddress, residual: nil, residual_stride: 0, lo: -1, hi: 1,
        next: nil, upcoming: ck_upcoming(), start: nil, multiplier: nil, residual_scale: 0)
      table.gemm(a, k, packed, &c, n, Int32(m), Int32(n), Int32(k), &epilogue)
    }
    for i in 0..<m {
      for j in 0..<n {
        let sum = (0..<k).reduce(Double(bias[j])) {
          $0 + Double(a[i * k + $1]) * Double(b[$1 * n + j])
        }
        #expect(abs(Double(c[i * n + j]) - min(max(sum, -1), 1)) < 1e-5)
      }
    }
  }

  @Test(arguments: KernelVersion.all)
  func depthwiseRowsAgree(_ version: KernelVersion) {
    var random = SplitMix(seed: 3)
    let (table, plain) = (version.table, version.plain)
    for (kernel, stride, dilation) in [
      (3, 1, 1), (3, 2, 1), (3, 1, 6), (3, 1, 18), (5, 1, 1), (5, 2, 1), (5, 1, 2), (7, 1, 1),
      (7, 2, 1), (7, 1, 3),
    ] {
      for channels in [1, 5, 8, 16, 19, 40, 48, 150] {
        for width in [1, 2, 3, 7, 8, 15, 30] {
          for outputRows in 1...2 {
            let shape = DepthwiseShape(
              kernel: kernel, stride: stride, dilation: dilation, channels: channels, width: width,
              outputRows: outputRows)
            expectDepthwiseRowsAgree(shape, table, plain, tolerance(version), &random)
          }
        }
      }
    }
  }

  private struct DepthwiseShape {
    var kernel, stride, dilation, channels, width, outputRows: Int
  }

  private func expectDepthwiseRowsAgree(
    _ shape: DepthwiseShape, _ table: ck_nn, _ plain: ck_nn, _ tolerance: Float,
    _ random: inout SplitMix
  ) {
    let (kernel, channels, width) = (shape.kernel, shape.channels, shape.width)
    let inStride = channels + 4
    let outStride = channels + 2
    let pixels = (width - 1) * shape.stride + (kernel - 1) * shape.dilation + 1
    let inputRows = kernel + (shape.outputRows - 1) * shape.stride
    let edge = GuardedMemory.Edge.allCases[(width + channels) % 2]
    let inputs = (0..<inputRows).map { _ in
      Elements(table, random.values((pixels - 1) * inStride + channels), at: edge)
    }
    var rows = inputs.map { Optional(UnsafeRawPointer($0.base)) }
    // Rows outside the picture, above or below.
    if kernel > 3 {
      let outside = Int.random(in: 0...kernel / 2, using: &random)
      let isAbove = Bool.random(using: &random)
      for row in isAbove ? 0..<outside : inputRows - outside..<inputRows { rows[row] = nil }
    }
    // Versions of one element may pack differently.
    let values = random.values(kernel * kernel * channels)
    let weights = [table, plain].map { table in
      let packed = GuardedMemory(
        byteCount: table.packed_depthwise_size(Int32(kernel), Int32(channels)), at: .end)
      table.pack_depthwise(values, Int32(kernel), Int32(channels), packed.base)
      return packed
    }
    let bias = random.values((channels + 15) / 16 * 16)
    let starts = (0..<shape.outputRows).map { _ in
      random.values((width - 1) * outStride + channels)
    }
    let found = starts.map { Elements(table, $0, at: edge) }
    let expected = starts.map { Elements(table, $0) }
    for (run, weights, out) in [(table, weights[0], found), (plain, weights[1], expected)] {
      bias.withUnsafeBufferPointer { bias in
        rows.withUnsafeBufferPointer { rows in
          var work = ck_depthwise_rows(
            rows: rows.baseAddress, weights: weights.base, bias: bias.baseAddress,
            out: (out[0].base, out.count > 1 ? out[1].base : nil), in_stride: inStride,
            out_stride: outStride, width: Int32(width), channels: Int32(channels),
            kernel: Int32(kernel), stride: Int32(shape.stride), dilation: Int32(shape.dilation),
            lo: -2, hi: 2, upcoming: Self.upcoming(inputs[0]),
            start: nil, multiplier: nil, zero_point: 0)
          run.depthwise(&work)
        }
      }
    }
    withExtendedLifetime((inputs, weights)) {}
    for (found, expected) in zip(found, expected) {
      // Between the pixels too: what lies beyond the last channel stays as it was.
      expectClose(found.values, expected.values, tolerance: tolerance, "depthwise \(shape)")
      #expect(found.isIntact && expected.isIntact)
    }
  }

  @Test(arguments: KernelVersion.all)
  func stemColumnsAgree(_ version: KernelVersion) {
    var random = SplitMix(seed: 4)
    for inWidth in [1, 2, 3, 4, 5, 6, 17, 64] {
      // Rows at the very end of a buffer: reading past them is seen.
      let rows = (0..<5).map { _ in
        let memory = GuardedMemory(byteCount: inWidth * 3, at: .end)
        for i in 0..<inWidth * 3 {
          memory.base.storeBytes(
            of: UInt8.random(in: 0...255, using: &random), toByteOffset: i, as: UInt8.self)
        }
        return memory
      }
      let bytes = rows.map { UnsafePointer($0.base.assumingMemoryBound(to: UInt8.self)) }
      let width = (inWidth + 1) / 2
      let column = 15
      let zeros = [Float](repeating: 0, count: (2 * width + 3) * column)
      for outside in [nil, 0, 4] as [Int?] {
        let (found, expected) = (Elements(version.table, zeros), Elements(version.plain, zeros))
        let taps = (0..<5).map { $0 == outside ? nil : bytes[$0] }
        for (run, out) in [(version.table, found), (version.plain, expected)] {
          var row = ck_stem_row(
            rows: (taps[0], taps[1], taps[2], taps[3], taps[4]), in_width: Int32(inWidth),
            width: Int32(width), scale: 1 / 127.5, offset: -1, outside: 0, out: out.base)
          run.stem(&row)
        }
        expectClose(
          found.values, expected.values, tolerance: version.element == .float ? 1e-6 : 1e-4,
          "stem, width \(inWidth)")
        #expect(found.isIntact)
        // Two columns left of the picture, then its first pixel.
        #expect(found.values[0..<2 * column].allSatisfy { $0 == 0 })
        for ky in 0..<5 {
          for colour in 0..<3 {
            let value = taps[ky].map { Float($0[colour]) / 127.5 - 1 } ?? 0
            #expect(abs(found.values[(2 * 5 + ky) * 3 + colour] - value) < 0.01)
          }
        }
      }
      withExtendedLifetime(rows) {}
    }
  }

  @Test(arguments: KernelVersion.all)
  func sumsAndConversionsAgree(_ version: KernelVersion) {
    var random = SplitMix(seed: 5)
    for channels in [1, 15, 16, 33] {
      let pixels = Elements(version.table, random.values(9 * channels))
      var found = random.values(channels)
      var expected = found
      version.table.accumulate(pixels.base, channels, 9, Int32(channels), &found)
      version.plain.accumulate(pixels.base, channels, 9, Int32(channels), &expected)
      expectClose(found, expected, tolerance: 2e-6, "accumulate")
    }
    // Bit for bit: ties to even, infinities, signed zeros, denormals, no number.
    let specials: [Float] = [
      0, -0.0, 1, 1.00390625, 1.01171875, -1.00390625, .infinity, -.infinity, 3.3895314e38, 1e-3,
      65535, .greatestFiniteMagnitude, 1e-40, -1e-40, .nan, -.nan,
    ]
    let values = specials + random.values(37)
    let (found, expected) = (Elements(version.table, values), Elements(version.plain, values))
    #expect(found.values.map(\.bitPattern) == expected.values.map(\.bitPattern))
    #expect(found.isIntact)
  }
}
