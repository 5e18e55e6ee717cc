import Inference

/// A pointwise convolution with depth-to-space behind it: each of its block x block groups of
/// channels goes straight to the pixel that depth-to-space gives it.
///
/// The weights may be many times larger than the caches (64 MiB for the paper's widths), so they
/// are cut into columns of which one strip stays in L2 while all rows at hand pass by it: they are
/// read from memory once for these rows.
///
/// Where the product is large and exact enough for it, strips of the upper and of the lower half of the
/// block's pixels, or of its quarters, are computed together by Strassen's algorithm.
final class PixelShuffle {
  /// Columns that the kernels compute together.
  private static let stripChannels = StrassenProduct.panelColumns

  /// Some channels of one pixel of the block.
  private struct Place {
    var dy: Int
    var dx: Int
    var channels: Range<Int>
  }

  /// The weights of all places, a strip of columns each; or those of the halves or quarters of the
  /// places together.
  private enum Strips {
    case plain([Place], PackedMatrix)
    case joined([Place], StrassenProduct, panels: Int)
  }

  private let block: Int
  private let strips: Strips
  private let kernels: Kernels
  private let workspace: Workspace
  /// Rows of the input that pass by a strip together.
  private let group: Int
  private let height: Int
  private var input: FeatureView!
  private var output: FeatureView!
  private var job: RowJob!

  /// Bytes of the input that pass by a strip together: a part of L2, where all strips find it.
  private static let cacheShare = Caches.l2 * 3 / 8
  /// The same, a part of L3, where the weights are large: they are read from memory for as
  /// many rows as may be (products in tiles are so fast that the input from L3 takes longer still).
  private static let largeCacheShare = 4 << 20

  /// - Parameters:
  ///   - weights: output channel c * block^2 + dy * block + dx is channel c of pixel (dy, dx).
  ///   - width, height: of the input.
  ///   - maps: between which the layer stands.
  ///   - workspace: of the stage; room for the sums of Strassen's algorithm is reserved in it.
  init(
    _ weights: FoldedWeights, block: Int, width: Int, height: Int, maps: LayerMaps,
    workspace: Workspace, pool: ThreadPool, kernels: Kernels
  ) {
    self.block = block
    self.kernels = kernels
    self.workspace = workspace
    self.height = height
    let pixels = block * block
    let channels = weights.outputs / pixels
    let places = (0..<pixels).flatMap { pixel in
      stride(from: 0, to: channels, by: Self.stripChannels).map {
        Place(
          dy: pixel / block, dx: pixel % block,
          channels: $0..<min($0 + Self.stripChannels, channels))
      }
    }
    func order(_ place: Place) -> [Int?] {
      place.channels.map { $0 * pixels + place.dy * block + place.dx }
    }
    func matrix(_ place: Place) -> (b: [Float], bias: [Float]) {
      weights.matrix(outputOrder: order(place))
    }
    if let plan = StrassenPlan(
      kernels, inputs: weights.inputs, outputs: weights.outputs, height: height, width: width,
      threads: pool.threads, mostLevels: pixels.trailingZeroBitCount)
    {
      let panels = places.count / plan.parts
      group = plan.rows
      strips = .joined(
        places,
        StrassenProduct(
          plan, columns: places[..<panels].map(\.channels.count), inputs: weights.inputs,
          width: width, activation: .relu, maps: maps, kernels: kernels
        ) { panel, part in matrix(places[part * panels + panel]) }, panels: panels)
    } else {
      // A strip may have columns to spare.
      let (b, bias) = weights.matrix(
        outputOrder: places.flatMap { place in
          order(place) + Array(repeating: nil, count: Self.stripChannels - place.channels.count)
        })
      let matrix = PackedMatrix(
        b, bias: bias, inputs: weights.inputs, activation: .relu, maps: maps, kernels: kernels)
      let isLarge = !kernels.multipliesInTiles && matrix.byteCount > Caches.largeWeights
      group = RowGroups.size(
        rows: height, rowBytes: width * weights.inputs * kernels.elementSize,
        cacheShare: isLarge ? Self.largeCacheShare : Self.cacheShare)
      strips = .plain(places, matrix)
    }
    switch strips {
    case .plain(let places, let matrix):
      job = RowJob(pool) { [unowned self] _, strips in
        // All that a part has: the rows at hand stay in L2 while they pass by.
        while let some = strips.next(places.count) { run(some, of: places, matrix) }
      }
    case .joined(let places, let product, let panels):
      workspace.reserve(bytesPerPart: product.scratchBytes(rows: group, width: width))
      let first: StrassenProduct.Places = { [unowned self] part, panel, row in
        pixel(places[part * panels + panel], row: row)
      }
      job = RowJob(pool) { [unowned self] part, rows in
        while let some = rows.next(group) {
          product.run(
            rows: some, of: input, stride: block * output.pixelStride,
            scratch: workspace.part(part), output: first)
        }
      }
    }
  }

  /// From the coarse map `input` to `block` times as many rows of `output`.
  func run(from input: FeatureView, into output: FeatureView) {
    self.input = input
    self.output = output
    switch strips {
    case .plain(let places, _): job.run(rows: places.count)
    case .joined: job.run(rows: height)
    }
  }

  /// Some strips of all rows.
  private func run(_ strips: Range<Int>, of places: [Place], _ matrix: PackedMatrix) {
    for rows in RowGroups(of: group, in: 0..<height) {
      for strip in strips {
        let place = places[strip]
        let first = strip * Self.stripChannels
        for y in rows {
          matrix.multiply(
            input.pixel(y, 0), stride: input.pixelStride, into: pixel(place, row: y),
            stride: block * output.pixelStride, count: input.width,
            columns: first..<first + place.channels.count)
        }
      }
    }
  }

  /// Where the first pixel of an input row's outputs goes.
  private func pixel(_ place: Place, row: Int) -> UnsafeMutableRawPointer {
    output.pixel(row * block + place.dy, place.dx) + place.channels.lowerBound * output.elementSize
  }
}
