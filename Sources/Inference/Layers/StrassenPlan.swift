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
  /// Of an innermost quarter.
  private var quarterRows: Int { (rows + parts - 1) / parts }

  private static let size = MemoryLayout<Float>.stride
  /// Of L2, for a block of an innermost quarter at most; and for the sums of a group of panels.
  private static let inputShare = Caches.l2 / 4
  private static let sumsShare = Caches.l2 / 4
  /// Bytes of a block from which on more pixels together gain nothing: threads rather share them finely.
  private static let fineBlock = 128 << 10
  /// Of a group of rows, which has the weights read once more; in rows of the plain product.
  private static let groupCost = 0.1
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
    let plans = (0..<levels).flatMap { index in
      let (levels, parts) = (index + 1, 2 << index)
      let pixels = Self.pixels(inputs: inputs, outputs: outputs, levels: levels)
      let fitting = max(
        1,
        min(pixels / width, Self.cacheShare / threads / (2 * parts * width * inputs * Self.size)))
      // Whole quarters, and rows without partners.
      return (1...min(share, (fitting + 1) * parts - 1)).map {
        StrassenPlan(levels: levels, rows: $0)
      }
    }
    // Of a thread's share, and of all rows: other stages may have the other threads.
    let costs = plans.map { $0.cost(height: share) * Double(threads) + $0.cost(height: height) }
    guard let best = costs.indices.min(by: { costs[$0] < costs[$1] }) else { return nil }
    self = plans[best]
  }

  /// The pixels of an innermost quarter that are best computed together: so few that all they are
  /// multiplied from stays in L2; but more where the weights are read from memory for each group of
  /// pixels.
  private static func pixels(inputs: Int, outputs: Int, levels: Int) -> Int {
    let weights = StrassenWeights.byteCount(inputs: inputs, outputs: outputs, levels: levels)
    let share = weights > Caches.largeWeights ? inputShare : min(inputShare / 2, fineBlock)
    return share / (min(inputs >> levels, leastBlock) * size)
  }

  /// What it costs, in rows of the plain product.
  private func cost(height: Int) -> Double {
    let groups = Double(height / rows)
    return groups * Self.cost(rows: rows, levels: levels)
      + Self.cost(rows: height % rows, levels: levels)
      + Self.groupCost * (groups + (height % rows > 0 ? 1 : 0))
  }

  /// Of rows that are computed together. Products are of half the outputs with half the inputs; four of
  /// the seven have the row without a partner too. A third of the eighth that a level spares is spent
  /// on sums.
  private static func cost(rows: Int, levels: Int) -> Double {
    if levels == 0 { return Double(rows) }
    let paired = cost(rows: rows / 2, levels: levels - 1)
    let all = cost(rows: (rows + 1) / 2, levels: levels - 1)
    return (4 * all + 3 * paired) / 4 + Double(rows / 2) / 12
  }

  /// Channels of the innermost products that are multiplied at a time.
  func blockChannels(width: Int) -> Int {
    max(Self.leastBlock, Self.inputShare / (quarterRows * width * Self.size))
  }

  /// Panels that pass by the input together.
  func groupPanels(width: Int) -> Int {
    Self.sumsShare / (quarterRows * width * StrassenProduct.panelColumns * Self.size)
  }
}
