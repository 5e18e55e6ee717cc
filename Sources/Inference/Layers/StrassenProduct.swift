import CKernels

/// A pointwise convolution by one level of Strassen's algorithm, in Winograd's form: seven products
/// of quarters instead of eight, so an eighth fewer multiplications (V. Strassen, Gaussian
/// elimination is not optimal, 1969; S. Winograd, 1971). Float32 only.
///
/// Quarters are halves of the pixels by halves of the channels. The sums of the input's quarters
/// (`StrassenInput`) serve all columns; the weights' are packed once, in the order of their use. Of
/// each quarter a block of channels stays in L2 while the panels of some columns pass by it, and so
/// does what is added up on the output's side for these columns.
///
/// Its rounding differs from the plain product's: errors are relative to the largest values of a
/// row and a column, not to each sum.
public final class StrassenProduct: @unchecked Sendable {
  /// Columns of either half that are computed together: a panel of the kernels.
  public static let panelColumns = Int(CK_PANEL)

  /// Some columns: row-major [inputs][columns], and their bias.
  public typealias Columns = (b: [Float], bias: [Float])

  /// The weights' sums, named by what each is multiplied with, in the order of their use.
  private enum Factor: Int, CaseIterable {
    case x11, x12, s2, s1, s4, s3, x22
    static let count = allCases.count
  }

  /// What is added up of some panels: [panel][pair][panelColumns].
  private struct Sums {
    let base: UnsafeMutableRawPointer
    let pairs: Int

    func at(panel: Int, pair: Int = 0) -> UnsafeMutableRawPointer {
      base + (panel * pairs + pair) * StrassenProduct.panelColumns * MemoryLayout<Float>.stride
    }
  }

  /// Panels that pass by the input together.
  public let groups: [Range<Int>]

  private let kernels: Kernels
  private let recorded: String?
  private let range: (lo: Float, hi: Float)
  private let panels: Int
  /// Of each panel.
  private let columns: [Int]
  private let half: Int
  /// Blocks of half the channels.
  private let blocks: [Range<Int>]
  /// [group][factor][block][panel of the group], each packed.
  private let packed: AlignedBuffer
  /// [half of the columns][panel][panelColumns].
  private let bias: AlignedBuffer
  private let noBias: AlignedBuffer

  /// Of L2, for a block of a quarter at most; and for the sums of a group of panels.
  private static let inputShare = Caches.l2 / 4
  private static let sumsShare = Caches.l2 / 4
  /// Bytes of a block from which on more pixels together gain nothing: threads rather share them finely.
  private static let fineBlock = 128 << 10
  /// Channels that a block has at least, if there are so many: for each the output's sums are read and
  /// written once more.
  private static let leastBlock = 512

  /// Whether an input and kernels are of the kind for it: the eighth that is spared must be more than
  /// four passes over the input for its sums, and than reading seven matrices instead of four.
  public static func serves(_ kernels: Kernels, inputs: Int, outputs: Int) -> Bool {
    let least = kernels.table.isa.rawValue < CK_ISA_AVX512.rawValue ? 512 : leastForWideVectors
    return kernels.backend == .own && kernels.table.strassen_sums != nil && inputs % 2 == 0
      && inputs >= least && outputs >= least
  }

  /// Where multiplications are so fast that reading is felt: with 4096 inputs and outputs it is a tenth
  /// faster than the plain product, with 1024 a twentieth (Intel).
  private static let leastForWideVectors = 1024

  /// Pairs of pixels, one of either half, that are best computed together: so few that all they are
  /// multiplied from stays in L2; but twice as many where the weights are read from memory for each
  /// group of pixels.
  public static func pairs(inputs: Int, outputs: Int) -> Int {
    let size = MemoryLayout<Float>.stride
    let weights = inputs * outputs / 4 * Factor.count * size
    let share = weights > Caches.largeWeights ? inputShare : min(inputShare / 2, fineBlock)
    return share / (min(inputs / 2, leastBlock) * size)
  }

  /// - Parameters:
  ///   - columns: of each panel of a half of the outputs.
  ///   - pairs: of pixels that are computed together at most.
  ///   - source: the weights of a panel of a half (0, 1) of the outputs.
  public init(
    columns: [Int], inputs: Int, pairs: Int, activation: Activation, maps: LayerMaps,
    kernels: Kernels, source: (_ panel: Int, _ half: Int) -> Columns
  ) {
    precondition(inputs % 2 == 0)
    self.kernels = kernels
    self.columns = columns
    let panels = columns.count
    self.panels = panels
    recorded = maps.output
    range = activation.range
    let size = MemoryLayout<Float>.stride
    let half = inputs / 2
    self.half = half
    let fitting = max(Self.leastBlock, Self.inputShare / (pairs * size))
    let count = (half + fitting - 1) / fitting
    blocks = (0..<count).map { half * $0 / count..<half * ($0 + 1) / count }
    let grouped = min(panels, max(1, Self.sumsShare / (pairs * Self.panelColumns * size)))
    groups = stride(from: 0, to: panels, by: grouped).map { $0..<min($0 + grouped, panels) }
    packed = AlignedBuffer(byteCount: Factor.count * panels * half * Self.panelColumns * size)
    bias = AlignedBuffer(byteCount: 2 * panels * Self.panelColumns * size)
    noBias = AlignedBuffer(byteCount: Self.panelColumns * size)
    for group in groups {
      for panel in group {
        let (first, second) = (source(panel, 0), source(panel, 1))
        let columns = columns[panel]
        precondition(first.bias.count == columns && second.bias.count == columns)
        for (index, values) in [first.bias, second.bias].enumerated() {
          let begin = bias(of: panel, half: index)
          for (column, value) in values.enumerated() { begin[column] = value }
        }
        for (factor, values) in zip(Factor.allCases, Self.factors(first.b, second.b)) {
          for block in blocks {
            let packed = weights(of: factor, block, panel: panel, in: group)
            values.withUnsafeBufferPointer {
              kernels.table.pack(
                $0.baseAddress! + block.lowerBound * columns, columns, Int32(block.count),
                Int32(columns), packed)
            }
          }
        }
      }
    }
  }

  /// The sums of the weights' quarters, in the order of `Factor`.
  private static func factors(_ first: [Float], _ second: [Float]) -> [[Float]] {
    let cut = first.count / 2
    let (w11, w21) = (first[..<cut], first[cut...])
    let (w12, w22) = (second[..<cut], second[cut...])
    let t1 = zip(w12, w11).map(-)
    let t2 = zip(w22, t1).map(-)
    let t3 = zip(w22, w12).map(-)
    let minusT4 = zip(w21, t2).map(-)
    return [Array(w11), Array(w21), t2, t1, Array(w22), t3, minusT4]
  }

  private func bias(of panel: Int, half: Int) -> UnsafeMutablePointer<Float> {
    bias.base.assumingMemoryBound(to: Float.self)
      + (half * panels + panel) * Self.panelColumns
  }

  private func weights(
    of factor: Factor, _ block: Range<Int>, panel: Int, in group: Range<Int>
  ) -> UnsafeMutableRawPointer {
    let rows =
      (group.lowerBound * Factor.count + factor.rawValue * group.count) * half
      + group.count * block.lowerBound + (panel - group.lowerBound) * block.count
    return packed.base + rows * Self.panelColumns * MemoryLayout<Float>.stride
  }

  /// Bytes of scratch for inputs of up to so many pairs of pixels.
  public func scratchBytes(pairs: Int) -> Int {
    4 * groups[0].count * pairs * Self.panelColumns * MemoryLayout<Float>.stride
  }

  /// Computes the columns of a group of all pixels of the input.
  ///
  /// - Parameter output: for a half of the pixels (0, 1), a half of the columns (0, 1), a panel and a
  ///   row of that half of the pixels, where the row's first pixel goes; `stride` is from pixel to
  ///   pixel, in elements.
  public func run(
    _ input: StrassenInput, group: Range<Int>, stride: Int, scratch: UnsafeMutableRawPointer,
    output: (_ pixels: Int, _ columns: Int, _ panel: Int, _ row: Int) -> UnsafeMutableRawPointer
  ) {
    let pairs = input.rows * input.width
    let size = MemoryLayout<Float>.stride
    let bytes = group.count * pairs * Self.panelColumns * size
    let u2 = Sums(base: scratch, pairs: pairs)
    let second = Sums(base: scratch + bytes, pairs: pairs)
    let third = Sums(base: scratch + 2 * bytes, pairs: pairs)
    let partial = Sums(base: scratch + 3 * bytes, pairs: pairs)

    /// A block's product of some pairs, plus `added`.
    func multiply(
      _ factor: Factor, _ a: StrassenInput.Quarter, _ block: Range<Int>, panel: Int, first: Int,
      count: Int, plus added: UnsafeMutableRawPointer?, bias: UnsafePointer<Float>? = nil,
      into c: UnsafeMutableRawPointer, stride: Int, upcoming: ck_upcoming = ck_upcoming()
    ) {
      let weights = weights(of: factor, block, panel: panel, in: group)
      let next = weights + block.count * Self.panelColumns * size
      var epilogue = ck_epilogue(
        bias: bias ?? UnsafePointer(noBias.base.assumingMemoryBound(to: Float.self)),
        residual: added, residual_stride: Self.panelColumns,
        lo: bias == nil ? -.infinity : range.lo, hi: bias == nil ? .infinity : range.hi,
        // The last one's is as good as none.
        next: first == 0 && next < packed.base + packed.byteCount ? UnsafeRawPointer(next) : nil,
        upcoming: upcoming, start: nil, multiplier: nil, residual_scale: 0)
      kernels.table.gemm(
        a.base + (first * a.stride + block.lowerBound) * size, a.stride, weights, c, stride,
        Int32(count), Int32(columns[panel]), Int32(block.count), &epilogue)
    }
    /// Some blocks' product of the first `count` pairs, plus `added`.
    func collect(
      _ factor: Factor, _ a: StrassenInput.Quarter, plus added: Sums?, into c: Sums,
      blocks: ArraySlice<Range<Int>>, count: Int
    ) {
      for block in blocks {
        for (index, panel) in group.enumerated() {
          let c = c.at(panel: index)
          multiply(
            factor, a, block, panel: panel, first: 0, count: count,
            plus: block == blocks.first! ? added?.at(panel: index) : c, into: c,
            stride: Self.panelColumns)
        }
      }
    }
    /// Where a row's outputs go: to be fetched, unless that is outside.
    func places(_ pixels: Int, _ half: Int, _ panel: Int, _ row: Int) -> ck_slices {
      guard group.contains(panel) else { return ck_slices() }
      return ck_slices(
        first: output(pixels, half, panel, row), bytes: columns[panel] * size,
        stride: stride * size, count: Int32(input.width))
    }
    /// A product that, with `added`, is a quarter of the output. Meanwhile the places of its next rows
    /// are fetched, and of the last quarter's where that is the next one.
    func complete(
      _ factor: Factor, _ a: StrassenInput.Quarter, plus added: Sums, pixels: Int, columns: Int,
      beforeLast: Bool = false
    ) {
      let rows = pixels == 0 ? input.rows : input.partnerRows
      let last = blocks.last!
      collect(
        factor, a, plus: added, into: partial, blocks: blocks.dropLast(),
        count: rows * input.width)
      let added = blocks.count > 1 ? partial : added
      for (index, panel) in group.enumerated() {
        for row in 0..<rows {
          let first = row * input.width
          let isLastRow = row + 1 == rows
          let next = places(
            pixels, columns, isLastRow ? panel + 1 : panel, isLastRow ? 0 : row + 1)
          multiply(
            factor, a, last, panel: panel, first: first, count: input.width,
            plus: added.at(panel: index, pair: first), bias: bias(of: panel, half: columns),
            into: output(pixels, columns, panel, row), stride: stride,
            upcoming: ck_upcoming(
              rows: nil, row_bytes: 0,
              slices: (next, beforeLast ? places(1, 1, panel, row) : ck_slices())))
        }
      }
    }

    // The output's quarters c11 = x11 w11 + x12 w21; c12 = u5 + s4 w22, c21 = u3 - x22 t4, and
    // c22 = u3 + s1 t1, where u2 = x11 w11 + s2 t2, u3 = u2 + s3 t3 (here `third`) and
    // u5 = u2 + s1 t1 (`second`).
    let all = blocks[...]
    collect(.x11, input.x11, plus: nil, into: u2, blocks: all, count: pairs)
    complete(.x12, input.x12, plus: u2, pixels: 0, columns: 0)
    collect(.s2, input.s2, plus: u2, into: u2, blocks: all, count: pairs)
    collect(.s1, input.s1, plus: u2, into: second, blocks: all, count: pairs)
    complete(.s4, input.s4, plus: second, pixels: 0, columns: 1)
    collect(.s3, input.s3, plus: u2, into: third, blocks: all, count: pairs)
    complete(.x22, input.x22, plus: third, pixels: 1, columns: 0, beforeLast: true)
    for (index, panel) in group.enumerated() {
      for row in 0..<input.partnerRows {
        func at(_ sums: Sums) -> UnsafePointer<Float> {
          UnsafePointer(
            sums.at(panel: index, pair: row * input.width).assumingMemoryBound(to: Float.self))
        }
        var last = ck_strassen_last(
          u2: at(u2), second: at(second), third: at(third), bias: bias(of: panel, half: 1),
          lo: range.lo, hi: range.hi,
          out: output(1, 1, panel, row).assumingMemoryBound(to: Float.self), out_stride: stride,
          count: Int32(input.width), columns: Int32(columns[panel]))
        kernels.table.strassen_last(&last)
      }
    }
    record(input, group, stride: stride, output: output)
  }

  private func record(
    _ input: StrassenInput, _ group: Range<Int>, stride: Int,
    output: (_ pixels: Int, _ columns: Int, _ panel: Int, _ row: Int) -> UnsafeMutableRawPointer
  ) {
    guard let recorder = kernels.recorder, let recorded else { return }
    for panel in group {
      for half in 0..<2 {
        for pixels in 0..<2 {
          for row in 0..<(pixels == 0 ? input.rows : input.partnerRows) {
            recorder.record(
              recorded, output(pixels, half, panel, row).assumingMemoryBound(to: Float.self),
              stride: stride, count: input.width, channels: columns[panel])
          }
        }
      }
    }
  }
}
