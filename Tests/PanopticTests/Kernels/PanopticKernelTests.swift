import CKernels
import PanopticBench
import SeededRandom
import Testing

/// Every version of a kernel against the portable one, on shapes with all remainders.
@Suite struct PanopticKernelTests {
  static let levels = [CK_ISA_AVX2, CK_ISA_AVX512].filter {
    $0.rawValue <= ck_isa_detected().rawValue
  }
  private let portable = ck_panoptic(CK_ISA_PORTABLE)!.pointee

  private func random(_ count: Int, _ scale: Double, _ seed: UInt64) -> [Float] {
    var random = SplitMix(seed: seed)
    // Quarters, so that equal values occur.
    return (0..<count).map { _ in Float((random.normal() * scale * 4).rounded() / 4) }
  }

  @Test(arguments: levels, [(1, 1), (7, 5), (16, 19), (33, 133)])
  func classify(_ isa: ck_isa, _ shape: (count: Int, classes: Int)) {
    let kernels = ck_panoptic(isa)!.pointee
    let stride = shape.classes + 3
    let logits = random(shape.count * stride, 2, 1)
    var (a, b) = (
      [UInt8](repeating: 9, count: shape.count), [UInt8](repeating: 8, count: shape.count)
    )
    var (pa, pb) = (
      [Float](repeating: 9, count: shape.count), [Float](repeating: 8, count: shape.count)
    )
    portable.classify(logits, stride, Int32(shape.count), Int32(shape.classes), &a, &pa)
    kernels.classify(logits, stride, Int32(shape.count), Int32(shape.classes), &b, &pb)
    #expect(a == b)
    #expect(zip(pa, pb).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test(arguments: levels, [(1, 1), (15, 3), (16, 19), (33, 20), (128, 7)])
  func rowsOfClasses(_ isa: ck_isa, _ shape: (width: Int, classes: Int)) {
    let kernels = ck_panoptic(isa)!.pointee
    let (width, classes) = shape
    let stride = (width + Int(CK_PLANE_SLACK) + 15) / 16 * 16
    let pixelStride = classes + 1
    func row(_ k: ck_panoptic_kernels) -> (planes: [Float], classes: [UInt8]) {
      var planes = [[Float]](repeating: [Float](repeating: 7, count: stride * classes), count: 2)
      for n in 0..<2 {
        let logits = random(width * pixelStride, 1, UInt64(n) + 2)
        k.make_planes(
          logits, pixelStride, Int32(width), Int32(classes), &planes[n], Int32(stride))
      }
      var blended = [Float](repeating: 0, count: stride * classes)
      k.blend(planes[0], planes[1], 0.375, Int32(stride * classes), &blended)
      var out = [UInt8](repeating: 0, count: 4 * stride + 64)
      k.argmax_row(blended, Int32(stride), Int32(width), Int32(classes), &out)
      return (blended, Array(out.prefix(4 * (width + 1))))
    }
    let (a, b) = (row(portable), row(kernels))
    #expect(a.planes == b.planes)
    #expect(a.classes == b.classes)
  }

  @Test(arguments: levels)
  func refinement(_ isa: ck_isa) {
    let kernels = ck_panoptic(isa)!.pointee
    let (h, w) = (9, 13)
    var long = random(h * w * 12, 20, 5)
    long[40] = .nan
    long[90] = .infinity
    let short = random(h * w * 10, 3, 6)
    let cells = (0..<UInt32(h * w)).filter { $0 % 3 != 1 }
    func targets(_ k: ck_panoptic_kernels) -> [Float] {
      var out = [Float](repeating: 0, count: 10 * 128)
      long.withUnsafeBufferPointer { long in
        short.withUnsafeBufferPointer { short in
          var l = ck_offset_field(
            base: long.baseAddress, pixel_stride: 12, row_stride: 12 * w, height: Int32(h),
            width: Int32(w))
          var s = ck_offset_field(
            base: short.baseAddress, pixel_stride: 10, row_stride: 10 * w, height: Int32(h),
            width: Int32(w))
          k.refine(&l, &s, cells, Int32(cells.count), 5, 2, &out, 128)
        }
      }
      return out
    }
    #expect(targets(portable).map(\.bitPattern) == targets(kernels).map(\.bitPattern))
  }

  @Test(arguments: levels, [1, 3, 8])
  func smoothingAndPeaks(_ isa: ck_isa, _ radius: Int) {
    let kernels = ck_panoptic(isa)!.pointee
    func run(_ k: ck_panoptic_kernels) -> ([Float], [UInt32]) {
      let (rows, columns, stride) = (40, 45, 48)
      var bins = [Float](repeating: 0, count: rows * stride + 2 * radius)
      var scratch = bins
      var flags = [UInt8](repeating: 0, count: 2 * rows)
      let votes = random(rows * columns, 1, 8)
      for r in radius..<rows - radius where r < 18 || r > 32 {
        for c in radius..<columns - radius {
          bins[radius + r * stride + c] = max(votes[r * columns + c], 0)
        }
      }
      let taps = (0...radius).map { 1 / Float(1 + $0 * $0) }
      var peaks = [ck_peak](repeating: ck_peak(), count: 500)
      var count: Int32 = 0
      bins.withUnsafeMutableBufferPointer { bins in
        var map = ck_score_map(
          bins: bins.baseAddress! + radius, rows: Int32(rows), columns: Int32(columns),
          stride: Int32(stride), margin: Int32(radius), guard: Int32(radius))
        scratch.withUnsafeMutableBufferPointer {
          k.smooth(&map, taps, Int32(radius), $0.baseAddress! + radius, &flags)
        }
        count = k.find_peaks(&map, 0.5, &peaks, 500)
      }
      return (bins, peaks.prefix(Int(count)).map(\.bin))
    }
    let (a, b) = (run(portable), run(kernels))
    #expect(a.0 == b.0)
    #expect(a.1 == b.1)
    #expect(a.1.count > 5)
  }

  @Test(arguments: levels, [1, 15, 16, 40])
  func nearestPoint(_ isa: ck_isa, _ count: Int) {
    let kernels = ck_panoptic(isa)!.pointee
    let (xs, ys) = (random(count, 4, 9), random(count, 4, 10))
    for point in 0..<20 {
      let (x, y) = (Float(point % 5) * 2 - 4, Float(point / 5) * 2 - 3)
      #expect(
        portable.nearest_point(x, y, xs, ys, Int32(count))
          == kernels.nearest_point(x, y, xs, ys, Int32(count)))
    }
  }
}
