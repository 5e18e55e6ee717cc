/// The sums of the weights that Strassen's algorithm multiplies (`StrassenProduct`), packed in the
/// order of their use.
final class StrassenWeights {
  /// Some columns: row-major [inputs][columns], and their bias.
  typealias Columns = (b: [Float], bias: [Float])

  let levels: Int
  /// Columns of each panel of a part.
  let columns: [Int]
  /// Panels that pass by the input together.
  let groups: [Range<Int>]
  /// Blocks of the channels of the innermost products.
  let blocks: [Range<Int>]

  private let inputs: Int
  private let products: Int
  /// [group][product][block][panel of the group], each packed.
  private let packed: AlignedBuffer
  /// [part][panel][panelColumns].
  private let biases: AlignedBuffer
  private let zeros: AlignedBuffer

  private static let panelColumns = StrassenProduct.panelColumns
  private static let size = MemoryLayout<Float>.stride

  /// Innermost products.
  private static func products(_ levels: Int) -> Int {
    (0..<levels).reduce(1) { count, _ in count * StrassenFactor.count }
  }

  /// Bytes of the packed weights of a layer.
  static func byteCount(inputs: Int, outputs: Int, levels: Int) -> Int {
    products(levels) * (inputs >> levels) * (outputs >> levels) * size
  }

  /// - Parameters:
  ///   - columns: of each panel of a part of the outputs.
  ///   - inputs: of the innermost products.
  ///   - blockChannels, groupPanels: at most.
  ///   - source: the weights of a panel of a part of the outputs.
  init(
    columns: [Int], inputs: Int, levels: Int, blockChannels: Int, groupPanels: Int,
    kernels: Kernels, source: (_ panel: Int, _ part: Int) -> Columns
  ) {
    self.columns = columns
    self.inputs = inputs
    self.levels = levels
    let count = (inputs + blockChannels - 1) / blockChannels
    blocks = (0..<count).map { inputs * $0 / count..<inputs * ($0 + 1) / count }
    let panels = columns.count
    let grouped = min(panels, max(1, groupPanels))
    groups = stride(from: 0, to: panels, by: grouped).map { $0..<min($0 + grouped, panels) }
    products = Self.products(levels)
    packed = AlignedBuffer(byteCount: products * panels * inputs * Self.panelColumns * Self.size)
    biases = AlignedBuffer(byteCount: (panels << levels) * Self.panelColumns * Self.size)
    zeros = AlignedBuffer(byteCount: Self.panelColumns * Self.size)
    for group in groups {
      for panel in group {
        let parts = (0..<1 << levels).map { source(panel, $0) }
        let columns = columns[panel]
        for (index, part) in parts.enumerated() {
          precondition(part.bias.count == columns)
          place(ofBias: panel, part: index).update(from: part.bias, count: columns)
        }
        for (product, values) in Self.factors(parts.map(\.b)).enumerated() {
          for block in blocks {
            let packed = packed(product, block, panel: panel, in: group)
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

  /// What the innermost products multiply with, of matrices of the same inputs side by side.
  private static func factors(_ parts: [[Float]]) -> [[Float]] {
    if parts.count == 1 { return parts }
    let cut = parts[0].count / 2
    let half = parts.count / 2
    let quarters = (0..<half).map {
      factors(
        parts[$0][..<cut], parts[$0][cut...], parts[half + $0][..<cut], parts[half + $0][cut...])
    }
    return (0..<StrassenFactor.count).flatMap { factor in
      factors(quarters.map { $0[factor] })
    }
  }

  /// The sums of the weights' quarters, in the order of `StrassenFactor`.
  private static func factors(
    _ w11: ArraySlice<Float>, _ w21: ArraySlice<Float>, _ w12: ArraySlice<Float>,
    _ w22: ArraySlice<Float>
  ) -> [[Float]] {
    let t1 = zip(w12, w11).map(-)
    let t2 = zip(w22, t1).map(-)
    let t3 = zip(w22, w12).map(-)
    let minusT4 = zip(w21, t2).map(-)
    return [Array(w11), Array(w21), t2, t1, Array(w22), t3, minusT4]
  }

  /// Of a panel's columns.
  func bias(of panel: Int, part: Int) -> UnsafePointer<Float> {
    UnsafePointer(place(ofBias: panel, part: part))
  }

  /// For sums of which these are a part.
  var noBias: UnsafePointer<Float> {
    UnsafePointer(zeros.base.assumingMemoryBound(to: Float.self))
  }

  private func place(ofBias panel: Int, part: Int) -> UnsafeMutablePointer<Float> {
    biases.base.assumingMemoryBound(to: Float.self)
      + (part * columns.count + panel) * Self.panelColumns
  }

  /// The weights of a block of an innermost product, counted in the order of use.
  func packed(
    _ product: Int, _ block: Range<Int>, panel: Int, in group: Range<Int>
  ) -> UnsafeMutableRawPointer {
    let before = group.lowerBound * products + product * group.count
    let rows =
      before * inputs + group.count * block.lowerBound + (panel - group.lowerBound) * block.count
    return packed.base + rows * Self.panelColumns * Self.size
  }

  /// Those that come next, if any.
  func next(_ weights: UnsafeMutableRawPointer, _ block: Range<Int>) -> UnsafeRawPointer? {
    let next = weights + block.count * Self.panelColumns * Self.size
    return next < packed.base + packed.byteCount ? UnsafeRawPointer(next) : nil
  }
}
