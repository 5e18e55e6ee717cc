import CKernels

/// Strassen's algorithm over some rows of a map and a group of panels of the weights
/// (`StrassenProduct`).
struct StrassenPass {
  /// Rows of the panels of the group: outputs, or what is added up.
  struct Region {
    /// [part][panel of the group][pixel][panelColumns]; nil: the outputs.
    var base: UnsafeMutableRawPointer?
    /// Of each panel.
    var pixels = 0
    var part = 0
    var row = 0

    func moved(part: Int, row: Int) -> Region {
      Region(base: base, pixels: pixels, part: self.part + part, row: self.row + row)
    }
  }

  let kernels: Kernels
  let weights: StrassenWeights
  let group: Range<Int>
  /// Pixels of a row.
  let width: Int
  /// Of the outputs: what they are clamped to, elements from pixel to pixel, and where they go, by the
  /// row of the map.
  let range: (lo: Float, hi: Float)
  let stride: Int
  let firstRow: Int
  let output: StrassenProduct.Places

  private static let panelBytes = StrassenProduct.panelColumns * MemoryLayout<Float>.stride

  // MARK: Sums

  /// How many sums a level keeps: u2, `second` and `third`; and what is added besides, within others.
  private static func sums(at level: Int, of levels: Int) -> Int { level == levels ? 3 : 4 }

  private static func bytes(group: Range<Int>, level: Int, pixels: Int) -> Int {
    (group.count << (level - 1)) * pixels * panelBytes
  }

  /// Bytes of scratch for so many rows.
  static func scratchBytes(_ weights: StrassenWeights, rows: Int, width: Int) -> Int {
    let group = weights.groups[0]
    var (total, rows) = (0, rows)
    for level in (1...weights.levels).reversed() {
      rows = (rows + 1) / 2
      total +=
        sums(at: level, of: weights.levels)
        * bytes(group: group, level: level, pixels: rows * width)
    }
    return total + bytes(group: group, level: 1, pixels: rows * width)
  }

  // MARK: Places

  /// Where the values of a row of a panel are.
  private func place(
    _ region: Region, part: Int = 0, panel: Int, row: Int
  ) -> UnsafeMutableRawPointer {
    let (part, row) = (region.part + part, region.row + row)
    guard let base = region.base else { return output(part, panel, firstRow + row) }
    let index = part * group.count + panel - group.lowerBound
    return base + (index * region.pixels + row * width) * Self.panelBytes
  }

  private func floats(
    _ region: Region, part: Int, panel: Int, row: Int
  ) -> UnsafeMutablePointer<Float> {
    place(region, part: part, panel: panel, row: row).assumingMemoryBound(to: Float.self)
  }

  /// A row's outputs, to be fetched; none outside of the group.
  private func slices(_ region: Region?, panel: Int, row: Int) -> ck_slices {
    guard let region, group.contains(panel) else { return ck_slices() }
    let size = MemoryLayout<Float>.stride
    return ck_slices(
      first: place(region, panel: panel, row: row), bytes: weights.columns[panel] * size,
      stride: stride * size, count: Int32(width))
  }

  /// Bias and limits, of outputs alone; and elements from pixel to pixel.
  private func finish(_ region: Region, part: Int = 0, panel: Int) -> (
    bias: UnsafePointer<Float>, lo: Float, hi: Float, stride: Int
  ) {
    if region.base != nil {
      return (weights.noBias, -.infinity, .infinity, StrassenProduct.panelColumns)
    }
    return (weights.bias(of: panel, part: region.part + part), range.lo, range.hi, stride)
  }

  // MARK: Products

  /// A block's product of some rows, plus `added`.
  private func multiply(
    _ matrix: StrassenMatrix, _ product: Int, _ block: Range<Int>, panel: Int, rows: Range<Int>,
    plus added: Region?, into region: Region, upcoming: ck_upcoming = ck_upcoming()
  ) {
    let packed = weights.packed(product, block, panel: panel, in: group)
    let first = rows.lowerBound
    let (bias, lo, hi, stride) = finish(region, panel: panel)
    var epilogue = ck_epilogue(
      bias: bias, residual: added.map { place($0, panel: panel, row: first) },
      residual_stride: StrassenProduct.panelColumns, lo: lo, hi: hi,
      next: first == 0 ? weights.next(packed, block) : nil, upcoming: upcoming, start: nil,
      multiplier: nil, residual_scale: 0)
    let a = matrix.row(first) + block.lowerBound
    kernels.table.gemm(
      a, matrix.stride, packed, place(region, panel: panel, row: first), stride,
      Int32(rows.count * width), Int32(weights.columns[panel]), Int32(block.count), &epilogue)
  }

  /// An innermost product, plus `added`. Outputs go row by row; meanwhile the places of the next one
  /// are fetched, and those of `following`.
  private func multiply(
    _ matrix: StrassenMatrix, _ product: Int, plus added: Region?, into region: Region,
    following: Region?, partial: UnsafeMutableRawPointer
  ) {
    let isOutput = region.base == nil
    let collected = isOutput ? Region(base: partial, pixels: matrix.rows * width) : region
    var added = added
    for block in isOutput ? weights.blocks.dropLast() : weights.blocks[...] {
      for panel in group {
        multiply(
          matrix, product, block, panel: panel, rows: 0..<matrix.rows, plus: added, into: collected)
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
            rows: nil, row_bytes: 0, slices: (next, slices(following, panel: panel, row: row))))
      }
    }
  }

  /// The product of an input with weights that are cut as often, plus `added`.
  ///
  /// - Parameters:
  ///   - product: which of its level, in the order of use.
  ///   - following: what is written next.
  func multiply(
    _ input: StrassenInput, _ product: Int = 0, plus added: Region? = nil,
    into region: Region = Region(base: nil), following: Region? = nil,
    scratch: UnsafeMutableRawPointer
  ) {
    if input.matrix.rows == 0 { return }
    if input.levels == 0 {
      return multiply(
        input.matrix, product, plus: added, into: region, following: following, partial: scratch)
    }
    let quarters = input.quarters
    if group.lowerBound == 0 { quarters.computeSums(kernels) }
    let (rows, partners) = quarters.rows
    let parts = 1 << (input.levels - 1)
    let bytes = Self.bytes(group: group, level: input.levels, pixels: rows * width)
    func sums(_ index: Int) -> Region {
      Region(base: scratch + index * bytes, pixels: rows * width)
    }
    let (u2, second, third) = (sums(0), sums(1), sums(2))
    let rest = scratch + Self.sums(at: input.levels, of: weights.levels) * bytes

    func quarter(_ region: Region, _ pixels: Int, _ columns: Int) -> Region {
      region.moved(part: columns * parts, row: pixels * rows)
    }
    /// Some sums together with what is to be added to a quarter besides, if anything.
    func joined(_ some: Region, _ pixels: Int, _ columns: Int) -> Region {
      guard let added else { return some }
      let both = sums(3)
      let count = (pixels == 0 ? rows : partners) * width
      add(some, quarter(added, pixels, columns), into: both, parts: parts, pixels: count)
      return both
    }
    func collect(
      _ factor: StrassenFactor, plus added: Region?, into region: Region, following: Region? = nil
    ) {
      multiply(
        input.factor(factor), product * StrassenFactor.count + factor.rawValue, plus: added,
        into: region, following: following, scratch: rest)
    }
    func complete(
      _ factor: StrassenFactor, plus sums: Region, _ pixels: Int, _ columns: Int,
      following: Region? = nil
    ) {
      collect(
        factor, plus: joined(sums, pixels, columns), into: quarter(region, pixels, columns),
        following: following)
    }

    // The output's quarters c11 = x11 w11 + x12 w21; c12 = u5 + s4 w22, c21 = u3 - x22 t4, and
    // c22 = u3 + s1 t1, where u2 = x11 w11 + s2 t2, u3 = u2 + s3 t3 (here `third`) and
    // u5 = u2 + s1 t1 (`second`).
    let last = quarter(region, 1, 1)
    collect(.x11, plus: nil, into: u2)
    complete(.x12, plus: u2, 0, 0)
    collect(.s2, plus: u2, into: u2)
    collect(.s1, plus: u2, into: second)
    complete(.s4, plus: second, 0, 1)
    collect(.s3, plus: u2, into: third)
    complete(.x22, plus: third, 1, 0, following: parts == 1 ? last : nil)
    if partners > 0 {
      finish(
        last, u2: u2, second: second, third: joined(third, 1, 1), parts: parts, rows: partners)
    }
  }

  private func add(_ a: Region, _ b: Region, into sum: Region, parts: Int, pixels: Int) {
    for part in 0..<parts {
      for panel in group {
        var values = ck_strassen_added(
          a: floats(a, part: part, panel: panel, row: 0),
          b: floats(b, part: part, panel: panel, row: 0),
          sum: floats(sum, part: part, panel: panel, row: 0),
          count: pixels * StrassenProduct.panelColumns)
        kernels.table.strassen_added(&values)
      }
    }
  }

  /// The quarter that no product completes.
  private func finish(
    _ region: Region, u2: Region, second: Region, third: Region, parts: Int, rows: Int
  ) {
    for part in 0..<parts {
      for panel in group {
        let (bias, lo, hi, stride) = finish(region, part: part, panel: panel)
        for row in 0..<rows {
          func at(_ region: Region) -> UnsafeMutablePointer<Float> {
            floats(region, part: part, panel: panel, row: row)
          }
          var values = ck_strassen_last(
            u2: at(u2), second: at(second), third: at(third), bias: bias, lo: lo, hi: hi,
            out: at(region), out_stride: stride, count: Int32(width),
            columns: Int32(weights.columns[panel]))
          kernels.table.strassen_last(&values)
        }
      }
    }
  }
}
