import CKernels
import Glibc
import Inference
import SeededRandom
import Testing

extension KernelVersion {
  fileprivate static let float = all.filter { $0.element == .float }
}

@Suite struct StrassenTests {
  /// Nothing is read or written outside, on whole vectors or not.
  @Test(arguments: KernelVersion.float)
  func sumsAreThoseOfWinogradsForm(_ version: KernelVersion) {
    var random = SplitMix(seed: 8)
    for count in [1, 7, 16, 33, 100] {
      let x = (0..<4).map { _ in Elements(version.table, random.values(count)) }
      let s = (0..<4).map { _ in
        Elements(version.table, [Float](repeating: 9, count: count))
      }
      let (x11, x12, x21, x22) = (x[0].values, x[1].values, x[2].values, x[3].values)
      func at(_ one: Elements) -> UnsafeMutablePointer<Float> {
        one.base.assumingMemoryBound(to: Float.self)
      }
      var row = ck_strassen_sums(
        x11: at(x[0]), x12: at(x[1]), x21: at(x[2]), x22: at(x[3]), s1: at(s[0]), s2: at(s[1]),
        s3: at(s[2]), s4: at(s[3]), count: count)
      version.table.strassen_sums(&row)
      for i in 0..<count {
        let s1 = x21[i] + x22[i]
        let expected = [s1, s1 - x11[i], x11[i] - x21[i], x12[i] - (s1 - x11[i])]
        #expect(s.map { $0.values[i] } == expected)
      }
      let areIntact = (x + s).map(\.isIntact)
      #expect(!areIntact.contains(false))
    }
  }

  private struct Shape {
    var rows: Int
    var width: Int
    var inputs: Int
    var columns: [Int]
    /// Pixels of a half that it is made for, where these are more than there are.
    var plannedPairs: Int?
    var activation = Activation.relu
  }

  /// It is the plain product but for rounding: even and odd rows, one row alone, a few rows out of a
  /// map, whole and partial panels, blocks and groups; whatever the scratch memory held.
  @Test(arguments: KernelVersion.float)
  func productsArePlainOnes(_ version: KernelVersion) {
    let kernels = Kernels(.fp32, isa: version.isa, backend: .own)
    let maps = LayerMaps(input: "in", output: "out")
    for shape in [
      Shape(rows: 4, width: 5, inputs: 6, columns: [32]),
      Shape(rows: 5, width: 7, inputs: 32, columns: [9]),
      Shape(rows: 1, width: 3, inputs: 2, columns: [1], activation: .none),
      Shape(rows: 7, width: 9, inputs: 514, columns: [20, 32, 7], activation: .relu6),
      Shape(rows: 6, width: 16, inputs: 256, columns: [32, 32], activation: .none),
      // Several blocks of channels, odd ones; groups of one panel.
      Shape(
        rows: 3, width: 4, inputs: 2 * 1031, columns: [Int](repeating: 8, count: 5),
        plannedPairs: 1 << 30, activation: .relu6),
      Shape(rows: 5, width: 4, inputs: 4100, columns: [9, 9, 9], plannedPairs: 1 << 30),
    ] {
      var random = SplitMix(seed: UInt64(shape.inputs))
      let height = shape.rows + 2
      let map = FeatureBuffer(
        height: height, width: shape.width, channels: shape.inputs, elementSize: 4)
      for y in 0..<height {
        for x in 0..<shape.width {
          version.table.from_float(
            random.values(shape.inputs), map.view.pixel(y, x), shape.inputs)
        }
      }
      // Of either half of the outputs, one panel after the other.
      let panels = shape.columns.map { columns in
        (0..<2).map { _ in
          (b: random.values(shape.inputs * columns), bias: random.values(columns))
        }
      }
      let pairs = (shape.rows + 1) / 2 * shape.width
      let product = StrassenProduct(
        columns: shape.columns, inputs: shape.inputs, pairs: shape.plannedPairs ?? pairs,
        activation: shape.activation, maps: maps, kernels: kernels
      ) { panel, half in panels[panel][half] }
      let rows = 1..<1 + shape.rows
      let inputBytes = StrassenInput.scratchBytes(
        rows: shape.rows, width: shape.width, channels: shape.inputs)
      let scratch = [inputBytes, product.scratchBytes(pairs: pairs)].map {
        GuardedMemory(byteCount: $0, at: .end)
      }
      for one in scratch { memset(one.base, 0xff, one.byteCount) }
      let quarters = StrassenInput(
        rows: rows, of: map.view, scratch: scratch[0].base, kernels: kernels)

      let half = shape.columns.reduce(0, +)
      let outStride = 2 * half + 3
      func first(_ panel: Int, _ columns: Int) -> Int {
        columns * half + shape.columns[..<panel].reduce(0, +)
      }
      let count = shape.rows * shape.width * outStride
      let found = Elements(version.table, [Float](repeating: 77, count: count))
      for group in product.groups {
        product.run(quarters, group: group, stride: outStride, scratch: scratch[1].base) {
          pixels, columns, panel, row in
          let pixel = (pixels * quarters.rows + row) * shape.width
          return found.base + 4 * (pixel * outStride + first(panel, columns))
        }
      }
      let expected = Elements(version.table, [Float](repeating: 77, count: count))
      for (panel, halves) in panels.enumerated() {
        for (columns, weights) in halves.enumerated() {
          PackedMatrix(
            weights.b, bias: weights.bias, inputs: shape.inputs, activation: shape.activation,
            maps: maps, kernels: kernels
          ).multiply(
            map.view.pixel(1, 0), stride: map.view.pixelStride,
            into: expected.base + first(panel, columns) * 4, stride: outStride,
            count: shape.rows * shape.width)
        }
      }
      expectClose(found.values, expected.values, tolerance: 1e-5, "\(shape)")
      let areIntact = scratch.map(\.isIntact)
      #expect(found.isIntact && areIntact == [true, true])
    }
  }

  @Test func itIsForLargeFloatProductsOfOurOwn() {
    let own = Kernels(.fp32, backend: .own)
    #expect(StrassenProduct.serves(own, inputs: 4096, outputs: 4096))
    #expect(!StrassenProduct.serves(own, inputs: 128, outputs: 4096))
    #expect(!StrassenProduct.serves(own, inputs: 4096, outputs: 128))
    #expect(!StrassenProduct.serves(own, inputs: 4095, outputs: 4096))
    #expect(
      !StrassenProduct.serves(Kernels(.bf16, backend: .own), inputs: 4096, outputs: 4096))
    for isa in Kernels.levels where isa != CK_ISA_PORTABLE {
      let kernels = Kernels(.fp32, isa: isa, backend: .own)
      let isNarrow = isa.rawValue < CK_ISA_AVX512.rawValue
      #expect(StrassenProduct.serves(kernels, inputs: 512, outputs: 1024) == isNarrow)
    }
  }
}
