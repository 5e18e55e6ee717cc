import CKernels
import Inference
import SeededRandom
import Testing

@Suite struct WinogradTests {
  /// Every version that this CPU can run.
  private static var tables: [ck_nn] {
    Kernels.levels.flatMap { isa in
      [ck_nn_f32(isa).pointee, ck_nn_bf16(isa).pointee]
        .filter { $0.winograd_rows != nil && $0.isa == isa }
    }
  }

  private struct Shape {
    var width: Int
    var channels: Int
    /// Output rows that are wanted.
    var rows = 4
    /// Input rows that exist.
    var inside = 0..<10
  }

  /// Four rows at once are the plain convolution's rows but for rounding, at the edges too, and
  /// nothing is read or written outside.
  @Test func rowsArePlainOnes() {
    var random = SplitMix(seed: 11)
    for table in Self.tables {
      for shape in [
        Shape(width: 32, channels: 16), Shape(width: 1, channels: 1),
        Shape(width: 7, channels: 20, rows: 3), Shape(width: 8, channels: 33, inside: 3..<10),
        Shape(width: 41, channels: 64, rows: 1, inside: 0..<7),
        Shape(width: 67, channels: 17, inside: 3..<5),
      ] {
        check(shape, table, &random)
      }
    }
  }

  private func check(_ shape: Shape, _ table: ck_nn, _ random: inout SplitMix) {
    let (width, channels) = (shape.width, shape.channels)
    let inStride = channels + 3
    let outStride = channels + 1
    let columns = width + 6
    let inputs = (0..<10).map { row in
      shape.inside.contains(row)
        ? Elements(table, random.values((columns - 1) * inStride + channels)) : nil
    }
    let weights = random.values(49 * channels)
    let padded = (channels + 15) / 16 * 16
    let bias = random.values(channels) + [Float](repeating: 0, count: padded - channels)
    var packed = [Float](repeating: 0, count: ck_packed_winograd_count(Int32(channels)))
    ck_pack_winograd(weights, Int32(channels), &packed)
    let count = (width - 1) * outStride + channels
    let before = [Float](repeating: 5, count: count)
    let found = (0..<shape.rows).map { _ in Elements(table, before) }
    let points = Int(CK_WINOGRAD_POINTS)
    let transformed = GuardedMemory(byteCount: padded * points * columns * 4, at: .end)

    func row(_ index: Int) -> UnsafeRawPointer? {
      inputs[index].map { UnsafeRawPointer($0.base) }
    }
    func out(_ index: Int) -> UnsafeMutableRawPointer? {
      index < found.count ? found[index].base : nil
    }
    let between = transformed.base.assumingMemoryBound(to: Float.self)
    var input = ck_winograd_input(
      rows: (
        row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7), row(8), row(9)
      ),
      in_stride: inStride, columns: Int32(columns), channels: Int32(channels), out: between)
    table.winograd_input(&input)
    bias.withUnsafeBufferPointer { bias in
      packed.withUnsafeBufferPointer { packed in
        var rows = ck_winograd_rows(
          in: between, weights: packed.baseAddress, bias: bias.baseAddress,
          out: (out(0), out(1), out(2), out(3)), out_stride: outStride, width: Int32(width),
          channels: Int32(channels), lo: -1.5, hi: 6)
        table.winograd_rows(&rows)
      }
    }
    #expect(transformed.isIntact)
    let plain = ck_nn_f32(CK_ISA_PORTABLE).pointee
    var plainWeights = [UInt8](
      repeating: 0, count: plain.packed_depthwise_size(7, Int32(channels)))
    plain.pack_depthwise(weights, 7, Int32(channels), &plainWeights)
    // The very inputs, as floats.
    let floats = inputs.map { $0.map { Elements(plain, $0.values) } }
    let tolerance: Float = table.element_size == 4 ? 3e-5 : 1.0 / 128
    for y in 0..<shape.rows {
      let expected = Elements(plain, before)
      let taps = (0..<7).map { floats[y + $0].map { UnsafeRawPointer($0.base) } }
      bias.withUnsafeBufferPointer { bias in
        var rows = ck_depthwise_rows(
          rows: nil, weights: nil, bias: bias.baseAddress, out: (expected.base, nil),
          in_stride: inStride, out_stride: outStride, width: Int32(width),
          channels: Int32(channels), kernel: 7, stride: 1, dilation: 1, lo: -1.5, hi: 6,
          upcoming: ck_upcoming(), start: nil, multiplier: nil, zero_point: 0)
        taps.withUnsafeBufferPointer { taps in
          plainWeights.withUnsafeBytes { weights in
            rows.rows = taps.baseAddress
            rows.weights = weights.baseAddress
            plain.depthwise(&rows)
          }
        }
      }
      expectClose(found[y].values, expected.values, tolerance: tolerance, "\(shape), row \(y)")
      #expect(found[y].isIntact)
    }
  }
}
