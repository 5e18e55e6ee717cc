import CKernels
import SeededRandom
import Testing

/// Every instruction set's kernels give the portable ones' bits.
@Suite struct KernelTests {
  private static let counts = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 100, 257]

  /// The tables of the instruction sets this CPU has, above portable.
  private static let versions: [ck_isa] = [CK_ISA_AVX2, CK_ISA_AVX512].filter {
    $0.rawValue <= ck_isa_active().rawValue
  }

  private let portable = ck_overlay(CK_ISA_PORTABLE)!.pointee

  private func words<T: FixedWidthInteger>(
    _ count: Int, _ range: ClosedRange<T>, _ generator: inout SplitMix
  ) -> [T] {
    (0..<count).map { _ in T.random(in: range, using: &generator) }
  }

  @Test(arguments: versions) func blend8(isa: ck_isa) {
    let kernels = ck_overlay(isa)!.pointee
    var generator = SplitMix(seed: 1)
    for count in Self.counts {
      let source: [UInt8] = words(count, 0...255, &generator)
      let keep: [UInt16] = words(count, 0...256, &generator)
      let add = keep.map { (256 - $0) * UInt16.random(in: 0...255, using: &generator) + 128 }
      var expected = [UInt8](repeating: 7, count: count + 64)
      var found = expected
      portable.blend8(&expected, source, keep, add, count)
      kernels.blend8(&found, source, keep, add, count)
      #expect(found == expected, "\(count) samples")
    }
  }

  @Test(arguments: versions, [(10, 0), (10, 6), (12, 4), (16, 0)])
  func blend16(isa: ck_isa, depth: (bits: Int32, shift: Int32)) {
    let kernels = ck_overlay(isa)!.pointee
    var generator = SplitMix(seed: 2)
    let most = UInt16((1 << depth.bits) - 1)
    for count in Self.counts {
      let source = words(count, 0...most, &generator).map { $0 << UInt16(depth.shift) }
      let keep: [UInt32] = words(count, 0...32768, &generator)
      let add = keep.map {
        (32768 - $0) * UInt32.random(in: 0...UInt32(most), using: &generator) + 16384
      }
      var expected = [UInt16](repeating: 7, count: count + 64)
      var found = expected
      portable.blend16(&expected, source, keep, add, depth.shift, count)
      kernels.blend16(&found, source, keep, add, depth.shift, count)
      #expect(found == expected, "\(count) samples")
    }
  }

  /// Half of the coverage is 0 or 255, as in text.
  private func coverage(_ count: Int, _ generator: inout SplitMix) -> [UInt8] {
    (0..<count).map { _ in
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: 0
      case 1: 255
      default: UInt8.random(in: 0...255, using: &generator)
      }
    }
  }

  @Test(arguments: versions) func tint8(isa: ck_isa) {
    let kernels = ck_overlay(isa)!.pointee
    var generator = SplitMix(seed: 3)
    for count in Self.counts {
      let coverage = coverage(count, &generator)
      var expected: [UInt8] = words(count + 64, 0...255, &generator)
      var found = expected
      let colors: [UInt32] = words(2, 0...255, &generator)
      portable.tint8(&expected, coverage, colors[0], colors[1], count)
      kernels.tint8(&found, coverage, colors[0], colors[1], count)
      #expect(found == expected, "\(count) samples")
    }
  }

  @Test(arguments: versions, [(10, 0), (10, 6), (12, 4), (16, 0)])
  func tint16(isa: ck_isa, depth: (bits: Int32, shift: Int32)) {
    let kernels = ck_overlay(isa)!.pointee
    var generator = SplitMix(seed: 4)
    let most = UInt16((1 << depth.bits) - 1)
    for count in Self.counts {
      let coverage = coverage(count, &generator)
      var expected = words(count + 64, 0...most, &generator).map { $0 << UInt16(depth.shift) }
      var found = expected
      let colors: [UInt32] = words(2, 0...UInt32(most), &generator)
      portable.tint16(&expected, coverage, colors[0], colors[1], depth.shift, count)
      kernels.tint16(&found, coverage, colors[0], colors[1], depth.shift, count)
      #expect(found == expected, "\(count) samples")
    }
  }

  @Test(arguments: versions) func votes(isa: ck_isa) {
    let kernels = ck_overlay(isa)!.pointee
    var generator = SplitMix(seed: 5)
    for count in Self.counts {
      // Few labels, so that neighbours often agree; one column more on each side.
      let rows: [[UInt16]] = (0..<3).map { _ in words(count + 2, 0...2, &generator) }
      var expected = [UInt8](repeating: 99, count: count + 64)
      var found = expected
      rows[0].withUnsafeBufferPointer { above in
        rows[1].withUnsafeBufferPointer { row in
          rows[2].withUnsafeBufferPointer { below in
            func run(_ table: ck_overlay_kernels, _ votes: UnsafeMutablePointer<UInt8>) {
              table.votes(
                votes, above.baseAddress! + 1, row.baseAddress! + 1, below.baseAddress! + 1, count)
            }
            run(portable, &expected)
            run(kernels, &found)
          }
        }
      }
      #expect(found == expected, "\(count) pixels")
      #expect(expected[..<count].allSatisfy { (4...16).contains($0) })
    }
  }

  /// The portable formulas at their ends.
  @Test func ends() {
    var samples: [UInt8] = [0, 255, 0, 255]
    portable.tint8(&samples, [0, 0, 255, 255], 200, 100, 4)
    #expect(samples == [0, 255, 200, 100])
    var deep: [UInt16] = [0, 1023 << 6, 0, 1023 << 6]
    portable.tint16(&deep, [0, 0, 255, 255], 800, 100, 6, 4)
    #expect(deep == [0, 1023 << 6, 800 << 6, 100 << 6])
  }
}
