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

  /// Where the outputs of the first pixel of a row of the map go, of a panel of a part of the columns.
  public typealias Places = (_ part: Int, _ panel: Int, _ row: Int) -> UnsafeMutableRawPointer

  private let kernels: Kernels
  private let inputs: Int
  private let recorded: String?
  private let range: (lo: Float, hi: Float)
  private let weights: StrassenWeights

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
    precondition(plan.levels > 0 && inputs % plan.parts == 0)
    self.kernels = kernels
    self.inputs = inputs
    recorded = maps.output
    range = activation.range
    weights = StrassenWeights(
      columns: columns, inputs: inputs >> plan.levels, levels: plan.levels,
      blockChannels: plan.blockChannels(width: width), groupPanels: plan.groupPanels(width: width),
      kernels: kernels, source: source)
  }

  /// Bytes of scratch for up to so many rows.
  public func scratchBytes(rows: Int, width: Int) -> Int {
    inputBytes(rows: rows, width: width)
      + StrassenPass.scratchBytes(weights, rows: rows, width: width)
  }

  private func inputBytes(rows: Int, width: Int) -> Int {
    StrassenInput.scratchBytes(
      rows: rows, width: width, channels: inputs, levels: weights.levels, keepsSums: keepsSums)
  }

  /// The input's sums are computed when they are first used, so that they come from the caches; they
  /// are kept where other groups of panels use them too.
  private var keepsSums: Bool { weights.groups.count > 1 }

  /// Computes all columns of some rows.
  ///
  /// - Parameters:
  ///   - map: float32, rows without gaps between them.
  ///   - stride: from pixel to pixel of the outputs, in elements.
  public func run(
    rows: Range<Int>, of map: FeatureView, stride: Int, scratch: UnsafeMutableRawPointer,
    output: @escaping Places
  ) {
    let input = StrassenInput(
      rows: rows, of: map, levels: weights.levels, keepsSums: keepsSums, scratch: scratch)
    let rest = scratch + inputBytes(rows: rows.count, width: map.width)
    for group in weights.groups {
      let pass = StrassenPass(
        kernels: kernels, weights: weights, group: group, width: map.width, range: range,
        stride: stride, firstRow: rows.lowerBound, output: output)
      pass.multiply(input, scratch: rest)
    }
    record(rows, of: map, stride: stride, output: output)
  }

  private func record(_ rows: Range<Int>, of map: FeatureView, stride: Int, output: Places) {
    guard let recorder = kernels.recorder, let recorded else { return }
    for part in 0..<1 << weights.levels {
      for (panel, columns) in weights.columns.enumerated() {
        for row in rows {
          recorder.record(
            recorded, output(part, panel, row).assumingMemoryBound(to: Float.self),
            stride: stride, count: map.width, channels: columns)
        }
      }
    }
  }
}
