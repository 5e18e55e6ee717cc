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

  @Test(arguments: KernelVersion.float)
  func sumsAreAdded(_ version: KernelVersion) {
    var random = SplitMix(seed: 9)
    for count in [1, 7, 16, 33, 100] {
      let terms = (0..<2).map { _ in Elements(version.table, random.values(count)) }
      let sum = Elements(version.table, [Float](repeating: 9, count: count))
      let at = (terms + [sum]).map { $0.base.assumingMemoryBound(to: Float.self) }
      var rows = ck_strassen_added(a: at[0], b: at[1], sum: at[2], count: count)
      version.table.strassen_added(&rows)
      #expect(sum.values == zip(terms[0].values, terms[1].values).map(+))
      #expect(sum.isIntact && terms[0].isIntact && terms[1].isIntact)
    }
  }

  private struct Shape {
    var rows: Int
    var width: Int
    var inputs: Int
    var columns: [Int]
    /// Rows that it is made for, where these are more than there are.
    var planned: Int?
    var activation = Activation.relu
  }

  /// It is the plain product but for rounding: even and odd rows, one row alone, a few rows out of a
  /// map, whole and partial panels, blocks and groups; whatever the scratch memory held.
  @Test(arguments: KernelVersion.float)
  func productsArePlainOnes(_ version: KernelVersion) {
    for shape in [
      Shape(rows: 4, width: 5, inputs: 8, columns: [32]),
      Shape(rows: 5, width: 7, inputs: 32, columns: [9]),
      Shape(rows: 1, width: 3, inputs: 4, columns: [1], activation: .none),
      Shape(rows: 2, width: 3, inputs: 4, columns: [2]),
      Shape(rows: 3, width: 2, inputs: 12, columns: [32]),
      Shape(rows: 7, width: 9, inputs: 516, columns: [20, 32, 7], activation: .relu6),
      Shape(rows: 6, width: 16, inputs: 256, columns: [32, 32], activation: .none),
      // Several blocks of channels, odd ones; groups of one panel.
      Shape(
        rows: 3, width: 4, inputs: 4 * 1031, columns: [Int](repeating: 8, count: 5),
        planned: 1 << 28, activation: .relu6),
      Shape(rows: 9, width: 4, inputs: 4 * 1027, columns: [9, 9, 9], planned: 1 << 28),
    ] {
      for levels in 1...2 { expectPlainProduct(shape, levels: levels, version) }
    }
  }

  private func expectPlainProduct(_ shape: Shape, levels: Int, _ version: KernelVersion) {
    let kernels = Kernels(.fp32, isa: version.isa, backend: .own)
    let maps = LayerMaps(input: "in", output: "out")
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
    let parts = 1 << levels
    // Of each part of the outputs, one panel after the other.
    let panels = shape.columns.map { columns in
      (0..<parts).map { _ in
        (b: random.values(shape.inputs * columns), bias: random.values(columns))
      }
    }
    let product = StrassenProduct(
      StrassenPlan(levels: levels, rows: shape.planned ?? (shape.rows + parts - 1) / parts * parts),
      columns: shape.columns, inputs: shape.inputs, width: shape.width,
      activation: shape.activation, maps: maps, kernels: kernels
    ) { panel, part in panels[panel][part] }
    let scratch = GuardedMemory(
      byteCount: product.scratchBytes(rows: shape.rows, width: shape.width), at: .end)
    memset(scratch.base, 0xff, scratch.byteCount)

    let part = shape.columns.reduce(0, +)
    let outStride = parts * part + 3
    func first(_ panel: Int, _ index: Int) -> Int {
      index * part + shape.columns[..<panel].reduce(0, +)
    }
    let count = shape.rows * shape.width * outStride
    let found = Elements(version.table, [Float](repeating: 77, count: count))
    product.run(
      rows: 1..<1 + shape.rows, of: map.view, stride: outStride, scratch: scratch.base
    ) { part, panel, row in
      found.base + 4 * ((row - 1) * shape.width * outStride + first(panel, part))
    }
    let expected = Elements(version.table, [Float](repeating: 77, count: count))
    for (panel, parts) in panels.enumerated() {
      for (index, weights) in parts.enumerated() {
        PackedMatrix(
          weights.b, bias: weights.bias, inputs: shape.inputs, activation: shape.activation,
          maps: maps, kernels: kernels
        ).multiply(
          map.view.pixel(1, 0), stride: map.view.pixelStride,
          into: expected.base + first(panel, index) * 4, stride: outStride,
          count: shape.rows * shape.width)
      }
    }
    expectClose(
      found.values, expected.values, tolerance: levels == 1 ? 1e-5 : 3e-5, "\(shape), \(levels)")
    #expect(found.isIntact && scratch.isIntact)
  }

  private func plan(
    _ kernels: Kernels, inputs: Int, outputs: Int, height: Int = 32, threads: Int = 1
  ) -> StrassenPlan? {
    StrassenPlan(
      kernels, inputs: inputs, outputs: outputs, height: height, width: 32, threads: threads,
      mostLevels: 4)
  }

  @Test func itIsForLargeFloatProductsOfOurOwn() {
    let own = Kernels(.fp32, backend: .own)
    #expect(plan(own, inputs: 4096, outputs: 4096) != nil)
    #expect(plan(own, inputs: 128, outputs: 4096) == nil)
    #expect(plan(own, inputs: 4096, outputs: 128) == nil)
    #expect(plan(own, inputs: 4095, outputs: 4096) == nil)
    #expect(plan(Kernels(.bf16, backend: .own), inputs: 4096, outputs: 4096) == nil)
    for isa in Kernels.levels where isa != CK_ISA_PORTABLE {
      let kernels = Kernels(.fp32, isa: isa, backend: .own)
      let isNarrow = isa.rawValue < CK_ISA_AVX512.rawValue
      #expect((plan(kernels, inputs: 512, outputs: 1024) != nil) == isNarrow)
      #expect(plan(kernels, inputs: 1024, outputs: 1024)?.levels == (isNarrow ? 2 : 1))
    }
  }

  /// Two levels where channels and rows suffice for them, also of rows that cannot be quartered; and a
  /// thread has no more rows than its share.
  @Test func largeProductsHaveTwoLevels() {
    let own = Kernels(.fp32, backend: .own)
    func levels(_ inputs: Int, height: Int, threads: Int = 1) -> Int? {
      plan(own, inputs: inputs, outputs: 4096, height: height, threads: threads)?.levels
    }
    #expect(levels(4096, height: 32) == 2)
    #expect(levels(4096, height: 23) == 2)
    #expect(levels(4096, height: 18) == 2)
    #expect(levels(4096, height: 32, threads: 16) == 1)
    #expect(levels(4098, height: 32) == 1)
    for threads in 1...4 {
      for height in 1...64 {
        let rows = plan(own, inputs: 4096, outputs: 4096, height: height, threads: threads)!.rows
        #expect(rows > 0 && rows <= (height + threads - 1) / threads)
      }
    }
  }
}
