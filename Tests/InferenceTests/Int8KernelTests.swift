import CKernels
import Inference
import SeededRandom
import Testing

/// Every int8 version of this CPU gives the very numbers that the plain one gives.
@Suite struct Int8KernelTests {
  static let versions = Kernels.levels.filter { ck_nn_i8($0).pointee.isa == $0 }

  private static func bytes(_ count: Int, _ random: inout SplitMix) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }
  private static func weights(_ count: Int, _ random: inout SplitMix) -> [Float] {
    (0..<count).map { _ in Float(Int.random(in: -127...127, using: &random)) }
  }

  /// Fetching changes nothing, whatever is at the addresses.
  private static var upcoming: ck_upcoming {
    let nowhere = UnsafeRawPointer(bitPattern: 4096)
    return ck_upcoming(
      rows: nowhere, row_bytes: 1000,
      slices: (
        ck_slices(first: nowhere, bytes: 100, stride: 500, count: 9),
        ck_slices(first: nowhere, bytes: 1, stride: 64, count: 50)
      ))
  }

  @Test(arguments: versions)
  func matrices(isa: ck_isa) {
    var random = SplitMix(seed: 7)
    let (table, plain) = (ck_nn_i8(isa).pointee, ck_nn_i8(CK_ISA_PORTABLE).pointee)
    for (m, n, k) in [
      (1, 1, 1), (3, 5, 7), (13, 33, 18), (12, 32, 64), (25, 70, 131), (40, 16, 16), (7, 48, 1027),
      // More rows than L2 holds of them.
      (801, 33, 1300),
      // Fewer rows than a tile fit a chunk; not even one.
      (7, 5, 9001), (2, 3, 50001),
    ] {
      let (aStride, cStride, columns) = (k + 3, n + 2, (n + 31) / 32 * 32)
      let a = Self.bytes(m * aStride + 64, &random)
      let residual = Self.bytes(m * cStride, &random)
      let start = (0..<columns).map { _ in Int32.random(in: -9999...9999, using: &random) }
      let multiplier = random.values(columns).map { abs($0) * 0.02 }
      let bias = random.values(columns).map { 100 + 30 * $0 }
      let weights = Self.weights(k * n, &random)
      for isResidual in [false, true] {
        func run(_ table: ck_nn) -> (bytes: [UInt8], floats: [Float]) {
          var bytes = [UInt8](repeating: 77, count: m * cStride)
          var floats = [Float](repeating: 77, count: m * cStride)
          let packed = UnsafeMutableRawPointer.allocate(
            byteCount: table.packed_size(Int32(k), Int32(n)), alignment: 64)
          defer { packed.deallocate() }
          table.pack(weights, n, Int32(k), Int32(n), packed)
          residual.withUnsafeBytes { residual in
            start.withUnsafeBufferPointer { start in
              multiplier.withUnsafeBufferPointer { multiplier in
                bias.withUnsafeBufferPointer { bias in
                  var epilogue = ck_epilogue(
                    bias: bias.baseAddress, residual: isResidual ? residual.baseAddress : nil,
                    residual_stride: cStride, lo: 0, hi: 0, next: nil,
                    upcoming: isResidual ? Self.upcoming : ck_upcoming(), start: start.baseAddress,
                    multiplier: multiplier.baseAddress,
                    residual_scale: 0.7)
                  table.gemm(
                    a, aStride, packed, &bytes, cStride, Int32(m), Int32(n), Int32(k), &epilogue)
                  epilogue.residual = nil
                  table.gemm_float_out(
                    a, aStride, packed, &floats, cStride, Int32(m), Int32(n), Int32(k), &epilogue)
                }
              }
            }
          }
          return (bytes, floats)
        }
        let (found, expected) = (run(table), run(plain))
        #expect(found.bytes == expected.bytes, "\(m)x\(n)x\(k)")
        #expect(found.floats == expected.floats, "\(m)x\(n)x\(k)")
        #expect(Set(expected.bytes).count > min(m * n, 4) / 2, "not all clamped")
      }
    }
  }

  @Test(arguments: versions)
  func depthwise(isa: ck_isa) {
    var random = SplitMix(seed: 8)
    let (table, plain) = (ck_nn_i8(isa).pointee, ck_nn_i8(CK_ISA_PORTABLE).pointee)
    for kernel in [3, 5, 7] {
      for (stride, dilation) in [(1, 1), (2, 1), (1, 2), (1, 5)] {
        for (width, channels) in [
          (1, 1), (5, 17), (9, 64), (27, 70), (50, 131), (25, 32), (8, 41), (3, 63),
        ] {
          let pixels = (width - 1) * stride + dilation * (kernel - 1) + 1
          let (inStride, outStride) = (channels + 1, channels + 3)
          let padded = (channels + 15) / 16 * 16
          let input = (0..<kernel + stride).map { _ in Self.bytes(pixels * inStride, &random) }
          let start = (0..<padded).map { _ in Int32.random(in: -999...999, using: &random) }
          let multiplier = random.values(padded).map { abs($0) * 0.02 }
          let bias = random.values(padded).map { 100 + 30 * $0 }
          let weights = Self.weights(kernel * kernel * channels, &random)
          for (outRows, missing) in [(1, -1), (2, 0), (2, kernel + stride - 1), (1, 1)] {
            func run(_ table: ck_nn) -> [UInt8] {
              var out = [UInt8](repeating: 77, count: 2 * width * outStride)
              let packed = UnsafeMutableRawPointer.allocate(
                byteCount: table.packed_depthwise_size(Int32(kernel), Int32(channels)),
                alignment: 64)
              defer { packed.deallocate() }
              table.pack_depthwise(weights, Int32(kernel), Int32(channels), packed)
              let memory = input.map { row in
                let copy = UnsafeMutableRawPointer.allocate(byteCount: row.count, alignment: 1)
                copy.copyMemory(from: row, byteCount: row.count)
                return copy
              }
              defer { for row in memory { row.deallocate() } }
              var rows: [UnsafeRawPointer?] = memory.map { UnsafeRawPointer($0) }
              if missing >= 0 { rows[missing] = nil }
              out.withUnsafeMutableBytes { out in
                start.withUnsafeBufferPointer { start in
                  multiplier.withUnsafeBufferPointer { multiplier in
                    bias.withUnsafeBufferPointer { bias in
                      rows.withUnsafeBufferPointer { rows in
                        var work = ck_depthwise_rows(
                          rows: rows.baseAddress, weights: packed, bias: bias.baseAddress,
                          out: (
                            out.baseAddress!,
                            outRows > 1 ? out.baseAddress! + width * outStride : nil
                          ), in_stride: inStride, out_stride: outStride, width: Int32(width),
                          channels: Int32(channels), kernel: Int32(kernel), stride: Int32(stride),
                          dilation: Int32(dilation), lo: 0, hi: 0,
                          upcoming: missing < 0 ? ck_upcoming() : Self.upcoming,
                          start: start.baseAddress,
                          multiplier: multiplier.baseAddress, zero_point: 131)
                        table.depthwise(&work)
                      }
                    }
                  }
                }
              }
              return out
            }
            #expect(
              run(table) == run(plain),
              "\(kernel) stride \(stride) dilation \(dilation) \(width)x\(channels) \(outRows)")
          }
        }
      }
    }
  }
}
