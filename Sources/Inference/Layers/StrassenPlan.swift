import CKernels

/// How a layer is best computed by Strassen's algorithm (`StrassenProduct`).
public struct StrassenPlan: Sendable {
  /// How often rows and channels are halved.
  public let levels: Int
  /// Of the input, computed together.
  public let rows: Int

  public init(levels: Int, rows: Int) {
    self.levels = levels
    self.rows = rows
  }

  /// Of the outputs' columns.
  public var parts: Int { 1 << levels }

  private static let size = MemoryLayout<Float>.stride
  /// Of L2, for a block of an innermost quarter at most; and for the sums of a group of panels.
  private static let inputShare = Caches.l2 / 4
  private static let sumsShare = Caches.l2 / 4
  /// Bytes of a block from which on more pixels together gain nothing: threads rather share them finely.
  private static let fineBlock = 128 << 10
  /// Channels that a block has at least, if there are so many: for each the output's sums are read and
  /// written once more.
  private static let leastBlock = 1024
  /// Of L3, for the rows that are computed together and their sums, of all threads: each has rows of its
  /// own.
  private static let cacheShare = 16 << 20

  /// Inputs and outputs from which on each level pays: the eighth that it spares must be more than four
  /// passes over the input for its sums, and than reading seven matrices instead of four.
  private static let least = [512, 1024]
  /// The same where multiplications are so fast that reading is felt: with 4096 inputs and outputs one
  /// level is a tenth faster than the plain product, and two are 7 % faster than one; with 1024 one is
  /// a twentieth faster (Intel).
  private static let leastForWideVectors = [1024, 4096]

  /// What is best for a layer; nil where that is the plain product.
  ///
  /// - Parameters:
  ///   - height, width: of the input, whose rows the threads share.
  ///   - mostLevels: so often can the outputs be halved.
  public init?(
    _ kernels: Kernels, inputs: Int, outputs: Int, height: Int, width: Int, threads: Int,
    mostLevels: Int
  ) {
    guard kernels.backend == .own, kernels.table.strassen_sums != nil else { return nil }
    let isWide = kernels.table.isa.rawValue >= CK_ISA_AVX512.rawValue
    let least = isWide ? Self.leastForWideVectors : Self.least
    let paying = least.prefix { min(inputs, outputs) >= $0 }.count
    let levels = min(paying, inputs.trailingZeroBitCount, mostLevels)
    let share = (height + threads - 1) / threads
    let plans = (0..<levels).map { index in
      let parts = 2 << index
      let pixels = Self.pixels(inputs: inputs, outputs: outputs, levels: index + 1)
      let fitting = max(
        1,
        min(pixels / width, Self.cacheShare / threads / (2 * parts * width * inputs * Self.size)))
      // The rows of an innermost quarter, as many in each group.
      let rows = (share + parts - 1) / parts
      let groups = (rows + fitting - 1) / fitting
      return StrassenPlan(levels: index + 1, rows: (rows + groups - 1) / groups * parts)
    }
    guard let best = plans.min(by: { $0.cost(height: share) < $1.cost(height: share) }) else {
      return nil
    }
    self = best
  }

  /// The pixels of an innermost quarter that are best computed together: so few that all they are
  /// multiplied from stays in L2; but more where the weights are read from memory for each group of
  /// pixels.
  private static func pixels(inputs: Int, outputs: Int, levels: Int) -> Int {
    let weights = StrassenWeights.byteCount(inputs: inputs, outputs: outputs, levels: levels)
    let share = weights > Caches.largeWeights ? inputShare : min(inputShare / 2, fineBlock)
    return share / (min(inputs >> levels, leastBlock) * size)
  }

  /// What it costs, in rows of the plain product. A level spares an eighth, of which a third is spent
  /// on sums; and rows that are missing for whole quarters are multiplied nevertheless.
  private func cost(height: Int) -> Double {
    var multiplied = 0
    for first in stride(from: 0, to: height, by: rows) {
      multiplied += (min(rows, height - first) + parts - 1) / parts * parts
    }
    return (0..<levels).reduce(Double(multiplied)) { cost, _ in cost * (1 - 2.0 / 24) }
  }

  /// Channels of the innermost products that are multiplied at a time.
  func blockChannels(width: Int) -> Int {
    max(Self.leastBlock, Self.inputShare / (rows / parts * width * Self.size))
  }

  /// Panels that pass by the input together.
  func groupPanels(width: Int) -> Int {
    Self.sumsShare / (rows / parts * width * StrassenProduct.panelColumns * Self.size)
  }
}
