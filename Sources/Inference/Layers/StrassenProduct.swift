import CKernels

/// A pointwise convolution by one or two levels of Strassen's algorithm, in Winograd's form: seven
/// products of quarters instead of eight, so an eighth fewer multiplications at each level
/// (V. Strassen, Gaussian elimination is not optimal, 1969; S. Winograd, 1971). Float32 only.
///
/// Quarters are halves of the pixels by halves of the channels. The sums of the input's quarters
/// (`StrassenInput`) serve all columns; the weights' are packed once, in the order of their use
/// (`StrassenWeights`). Of each innermost quarter a block of channels stays in L2 while the panels of
/// some columns pass by it, and so does what is added up on the output's side for these columns.
///
/// Its rounding differs from the plain product's: errors are relative to the largest values of a
/// row and a column, not to each sum.
public final class StrassenProduct: @unchecked Sendable {
  /// Columns of each part that are computed together: a panel of the kernels.
  public static let panelColumns = Int(CK_PANEL)

  /// Where the outputs of a row's first pixel go, of a panel of a part of the columns.
  public typealias Places = (_ part: Int, _ panel: Int, _ row: Int) -> UnsafeMutableRawPointer

  /// Rows of the panels of a group: outputs, or what is added up.
  private struct Region {
    /// [part][panel of the group][pixel][panelColumns]; nil: the outputs.
    var base: UnsafeMutableRawPointer?
    /// Of each panel.
    var pixels = 0
    var part = 0
    var row = 0

    static var outputs: Region { Region(base: nil) }

    func moved(part: Int, row: Int) -> Region {
      Region(base: base, pixels: pixels, part: self.part + part, row: self.row + row)
    }
  }

  private let kernels: Kernels
  private let inputs: Int
  private let levels: Int
  private let recorded: String?
  private let range: (lo: Float, hi: Float)
  private let weights: StrassenWeights
  private let noBias: AlignedBuffer

  private static let size = MemoryLayout<Float>.stride

  /// - Parameters:
  ///   - columns: of each panel of a part of the outputs.
  ///   - inputs: divisible by the number of the outputs' parts.
  ///   - width: of the input.
  ///   - source: the weights of a panel of a part of the outputs.
  public init(
    _ plan: StrassenPlan, columns: [Int], inputs: Int, width: Int, activation: Activation,
    maps: LayerMaps, kernels: Kernels,
    source: (_ panel: Int, _ part: Int) -> (b: [Float], bias: [Float])
  ) {
    levels = plan.levels
    precondition(levels > 0 && inputs % plan.parts == 0)
    self.kernels = kernels
    self.inputs = inputs
    recorded = maps.output
    range = activation.range
    weights = StrassenWeights(
      columns: columns, inputs: inputs >> levels, levels: levels,
      blockChannels: plan.blockChannels(width: width), groupPanels: plan.groupPanels(width: width),
      kernels: kernels, source: source)
    noBias = AlignedBuffer(byteCount: Self.panelColumns * Self.size)
  }

  /// Bytes of scratch for inputs of up to so many rows.
  public func scratchBytes(rows: Int, width: Int) -> Int {
    var (bytes, rows) = (inputBytes(rows: rows, width: width), rows)
    for level in (1...levels).reversed() {
      rows = (rows + 1) / 2
      bytes +=
        sums(at: level) * sumsBytes(group: weights.groups[0], level: level, pixels: rows * width)
    }
    return bytes + sumsBytes(group: weights.groups[0], level: 1, pixels: rows * width)
  }

  private func inputBytes(rows: Int, width: Int) -> Int {
    StrassenInput.scratchBytes(
      rows: rows, width: width, channels: inputs, levels: levels, keepsSums: keepsSums)
  }

  /// The input's sums are computed when they are first used, so that they come from the caches; they
  /// are kept where other groups of panels use them too.
  private var keepsSums: Bool { weights.groups.count > 1 }

  /// How many sums a level keeps: u2, `second` and `third`; and what is added besides, within others.
  private func sums(at level: Int) -> Int { level == levels ? 3 : 4 }

  private func sumsBytes(group: Range<Int>, level: Int, pixels: Int) -> Int {
    (group.count << (level - 1)) * pixels * Self.panelColumns * Self.size
  }

  /// Computes all columns of some rows.
  ///
  /// - Parameters:
  ///   - map: float32, rows without gaps between them.
  ///   - stride: from pixel to pixel of the outputs, in elements.
  public func run(
    rows: Range<Int>, of map: FeatureView, stride: Int, scratch: UnsafeMutableRawPointer,
    output: Places
  ) {
    let input = StrassenInput(
      rows: rows, of: map, levels: levels, keepsSums: keepsSums, scratch: scratch)
    let rest = scratch + inputBytes(rows: rows.count, width: map.width)
    for group in weights.groups {
      run(input, group: group, stride: stride, scratch: rest, output: output)
    }
  }

  private func run(
    _ input: StrassenInput, group: Range<Int>, stride: Int, scratch: UnsafeMutableRawPointer,
    output: Places
  ) {
    let width = input.matrix.width

    func place(_ region: Region, part: Int = 0, panel: Int, row: Int) -> UnsafeMutableRawPointer {
      let (part, row) = (region.part + part, region.row + row)
      guard let base = region.base else { return output(part, panel, row) }
      let index = part * group.count + panel - group.lowerBound
      return base + (index * region.pixels + row * width) * Self.panelColumns * Self.size
    }
    func floats(_ region: Region, part: Int, panel: Int, row: Int) -> UnsafeMutablePointer<Float> {
      place(region, part: part, panel: panel, row: row).assumingMemoryBound(to: Float.self)
    }
    /// Where a row's outputs go: to be fetched, unless that is outside.
    func slices(_ region: Region, panel: Int, row: Int) -> ck_slices {
      guard group.contains(panel) else { return ck_slices() }
      return ck_slices(
        first: place(region, panel: panel, row: row), bytes: weights.columns[panel] * Self.size,
        stride: stride * Self.size, count: Int32(width))
    }
    /// The bias, the stride and the limits of outputs or of what is added up.
    func finish(_ region: Region, part: Int = 0, panel: Int) -> (
      bias: UnsafePointer<Float>, stride: Int, lo: Float, hi: Float
    ) {
      guard region.base == nil else {
        return (
          UnsafePointer(noBias.base.assumingMemoryBound(to: Float.self)), Self.panelColumns,
          -.infinity, .infinity
        )
      }
      let bias = weights.bias(of: panel, part: region.part + part)
      return (UnsafePointer(bias), stride, range.lo, range.hi)
    }

    /// A block's product of some pixels, plus `added`.
    func multiply(
      _ matrix: StrassenMatrix, _ product: Int, _ block: Range<Int>, panel: Int, rows: Range<Int>,
      plus added: Region?, into region: Region, upcoming: ck_upcoming = ck_upcoming()
    ) {
      let packed = weights.packed(product, block, panel: panel, in: group)
      let first = rows.lowerBound
      let (bias, stride, lo, hi) = finish(region, panel: panel)
      var epilogue = ck_epilogue(
        bias: bias, residual: added.map { place($0, panel: panel, row: first) },
        residual_stride: Self.panelColumns, lo: lo, hi: hi,
        // The last one's is as good as none.
        next: first == 0 ? weights.next(packed, block) : nil,
        upcoming: upcoming, start: nil, multiplier: nil, residual_scale: 0)
      kernels.table.gemm(
        matrix.base + (first * width * matrix.stride + block.lowerBound) * Self.size,
        matrix.stride, packed, place(region, panel: panel, row: first), stride,
        Int32(rows.count * width), Int32(weights.columns[panel]), Int32(block.count), &epilogue)
    }
    /// An innermost product, plus `added`. Outputs go row by row; meanwhile the places of the next one
    /// are fetched, and those of `following`.
    func multiply(
      _ matrix: StrassenMatrix, _ product: Int, plus added: Region?, into region: Region,
      following: Region?, partial: UnsafeMutableRawPointer
    ) {
      let isOutput = region.base == nil
      let collected =
        isOutput ? Region(base: partial, pixels: matrix.rows * width) : region
      var added = added
      for block in isOutput ? weights.blocks.dropLast() : weights.blocks[...] {
        for panel in group {
          multiply(
            matrix, product, block, panel: panel, rows: 0..<matrix.rows, plus: added,
            into: collected)
        }
        added = collected
      }
      guard isOutput else { return }
      for panel in group {
        for row in 0..<matrix.rows {
          let isLast = row + 1 == matrix.rows
          let next = slices(region, panel: isLast ? panel + 1 : panel, row: isLast ? 0 : row + 1)
          multiply(
            matrix, product, weights.blocks.last!, panel: panel, rows: row..<row + 1, plus: added,
            into: region,
            upcoming: ck_upcoming(
              rows: nil, row_bytes: 0,
              slices: (next, following.map { slices($0, panel: panel, row: row) } ?? ck_slices())))
        }
      }
    }
    /// The product of an input with weights that are cut as often, plus `added`.
    func multiply(
      _ input: StrassenInput, _ product: Int, plus added: Region?, into region: Region,
      following: Region?, scratch: UnsafeMutableRawPointer
    ) {
      if input.matrix.rows == 0 { return }
      if input.levels == 0 {
        return multiply(
          input.matrix, product, plus: added, into: region, following: following, partial: scratch)
      }
      let quarters = input.quarters
      if group.lowerBound == 0 { quarters.computeSums(kernels) }
      let rows = quarters.rows
      let parts = 1 << (input.levels - 1)
      let bytes = sumsBytes(group: group, level: input.levels, pixels: rows.0 * width)
      func sums(_ index: Int) -> Region {
        Region(base: scratch + index * bytes, pixels: rows.0 * width)
      }
      let (u2, second, third) = (sums(0), sums(1), sums(2))
      let rest = scratch + self.sums(at: input.levels) * bytes

      /// What is to be added to a quarter besides, if anything, together with some sums.
      func joined(_ some: Region, pixels: Int, columns: Int) -> Region {
        guard let added = added?.moved(part: columns * parts, row: pixels * rows.0) else {
          return some
        }
        let both = sums(3)
        for part in 0..<parts {
          for panel in group {
            var added = ck_strassen_added(
              a: floats(some, part: part, panel: panel, row: 0),
              b: floats(added, part: part, panel: panel, row: 0),
              sum: floats(both, part: part, panel: panel, row: 0),
              count: (pixels == 0 ? rows.0 : rows.1) * width * Self.panelColumns)
            kernels.table.strassen_added(&added)
          }
        }
        return both
      }
      func quarter(_ pixels: Int, _ columns: Int) -> Region {
        region.moved(part: columns * parts, row: pixels * rows.0)
      }
      func collect(_ factor: StrassenFactor, plus added: Region?, into sums: Region) {
        multiply(
          input.factor(factor), product * StrassenFactor.count + factor.rawValue, plus: added,
          into: sums, following: nil, scratch: rest)
      }
      func complete(
        _ factor: StrassenFactor, plus sums: Region, pixels: Int, columns: Int,
        following: Region? = nil
      ) {
        multiply(
          input.factor(factor),
          product * StrassenFactor.count + factor.rawValue,
          plus: joined(sums, pixels: pixels, columns: columns), into: quarter(pixels, columns),
          following: following, scratch: rest)
      }

      // The output's quarters c11 = x11 w11 + x12 w21; c12 = u5 + s4 w22, c21 = u3 - x22 t4, and
      // c22 = u3 + s1 t1, where u2 = x11 w11 + s2 t2, u3 = u2 + s3 t3 (here `third`) and
      // u5 = u2 + s1 t1 (`second`).
      let last = quarter(1, 1)
      collect(.x11, plus: nil, into: u2)
      complete(.x12, plus: u2, pixels: 0, columns: 0)
      collect(.s2, plus: u2, into: u2)
      collect(.s1, plus: u2, into: second)
      complete(.s4, plus: second, pixels: 0, columns: 1)
      collect(.s3, plus: u2, into: third)
      complete(.x22, plus: third, pixels: 1, columns: 0, following: parts == 1 ? last : nil)
      if rows.1 == 0 { return }
      let sum = joined(third, pixels: 1, columns: 1)
      for part in 0..<parts {
        for panel in group {
          for row in 0..<rows.1 {
            let (bias, stride, lo, hi) = finish(last, part: part, panel: panel)
            func at(_ sums: Region) -> UnsafePointer<Float> {
              UnsafePointer(floats(sums, part: part, panel: panel, row: row))
            }
            var values = ck_strassen_last(
              u2: at(u2), second: at(second), third: at(sum), bias: bias, lo: lo, hi: hi,
              out: floats(last, part: part, panel: panel, row: row), out_stride: stride,
              count: Int32(width), columns: Int32(weights.columns[panel]))
            kernels.table.strassen_last(&values)
          }
        }
      }
    }
    multiply(input, 0, plus: nil, into: .outputs, following: nil, scratch: scratch)
    record(input, group, stride: stride, output: output)
  }

  private func record(
    _ input: StrassenInput, _ group: Range<Int>, stride: Int, output: Places
  ) {
    guard let recorder = kernels.recorder, let recorded else { return }
    for panel in group {
      for part in 0..<1 << levels {
        for row in 0..<input.matrix.rows {
          recorder.record(
            recorded, output(part, panel, row).assumingMemoryBound(to: Float.self),
            stride: stride, count: input.matrix.width, channels: weights.columns[panel])
        }
      }
    }
  }
}
