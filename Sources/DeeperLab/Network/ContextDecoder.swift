import Inference

/// ASPP (DeeperLab, section 3.1; DeepLabv3+) and the decoder (section 3.2, figure 4) as one stage.
///
/// Concatenation, space-to-depth and depth-to-space cost nothing: the branches write side by side
/// into one row, the low-level convolution writes each pixel's channels to the place that
/// space-to-depth gives it, and the last convolution writes its sixteen groups of channels to
/// their sixteen pixels.
final class ContextDecoder {
  static let contextChannels = 256
  /// Of space-to-depth and depth-to-space: from stride 16 to stride 4.
  static let block = 4
  /// Bytes between two convolutions that stay in a thread's L2 cache.
  private static let cacheShare = 400 << 10
  /// Names of the maps that several layers write: ASPP's branches, the decoder's input, the heads'.
  static let branchMap = "aspp.branches"
  static let fusedMap = "decoder.fused"
  static let sharedMap = "decoder.refine.1.pointwise"

  /// Of the decoder's input: the context, and a block's pixels of low-level features.
  static func fusedChannels(lowLevel: Int) -> Int { contextChannels + block * block * lowLevel }

  private let pointwise: PackedMatrix
  private let atrous: [SeparableConvolution]
  private let pool: ImagePooling
  private let project: PackedMatrix
  private let lowLevel: PackedMatrix
  /// The first refinement's depthwise convolution; its pointwise one with the second's depthwise one;
  /// the second's pointwise one.
  private let refine: SlicedDepthwise
  private let expand: SlicedDepthwise
  private let pixelShuffle: PixelShuffle

  private let width: Int
  private let height: Int
  /// Rows that the context computes together.
  private let contextGroup: Int
  private let branchChannels: Int
  private let branchStride: Int
  private let elementSize: Int
  private let fused: FeatureBuffer
  /// What the refinements' depthwise convolutions give.
  private let filtered: [FeatureBuffer]
  private let workspace: Workspace

  private var low: FeatureView!
  private var high: FeatureView!
  private var shared: FeatureView!
  private var fuseJob: RowJob!
  private var refineJob: RowJob!
  private var expandJob: RowJob!
  private let layers: Range<Int>
  /// Reads the time between layers, if anybody wants to know.
  var clock: LayerClock?

  /// - Parameters:
  ///   - width, height: of the network input.
  ///   - layers: places of this part's layers among the network's.
  init(
    _ source: some WeightSource, _ model: ModelDescription, width: Int, height: Int,
    layers: Range<Int>, pool threads: ThreadPool, kernels: Kernels
  ) throws {
    self.layers = layers
    let high = Encoder.highChannels
    let context = Self.contextChannels
    self.width = width / Encoder.outputStride
    self.height = height / Encoder.outputStride
    elementSize = kernels.elementSize

    pointwise = PackedMatrix(
      try FoldedWeights(source, "aspp.pointwise", outputs: model.aspp, inputs: high, kernel: 1),
      activation: .relu, maps: LayerMaps(input: Encoder.highMap, output: Self.branchMap),
      kernels: kernels)
    atrous = try model.rates.enumerated().map { index, rate in
      try SeparableConvolution(
        source, "aspp.atrous.\(index)", inputs: high, outputs: model.aspp, kernel: 3,
        dilation: rate, maps: LayerMaps(input: Encoder.highMap, output: Self.branchMap),
        kernels: kernels)
    }
    // The pooled branch is the same everywhere, so its share of the projection is a bias.
    branchChannels = (1 + model.rates.count) * model.aspp
    let projection = try FoldedWeights(
      source, "aspp.project", outputs: context, inputs: branchChannels + model.aspp, kernel: 1)
    let (b, bias) = projection.matrix(inputOrder: Array(0..<branchChannels))
    project = PackedMatrix(
      b, bias: bias, inputs: branchChannels, activation: .relu,
      maps: LayerMaps(input: Self.branchMap, output: Self.fusedMap), kernels: kernels)
    pool = ImagePooling(
      try FoldedWeights(source, "aspp.pool", outputs: model.aspp, inputs: high, kernel: 1),
      projection: projection, firstInput: branchChannels, map: Encoder.highMap,
      kernels: kernels)

    lowLevel = PackedMatrix(
      try FoldedWeights(
        source, "decoder.low_level", outputs: model.lowLevel, inputs: Encoder.lowChannels, kernel: 1
      ), activation: .relu, maps: LayerMaps(input: Encoder.lowMap, output: Self.fusedMap),
      kernels: kernels)
    // PyTorch's pixel_unshuffle gives pixel (dy, dx) of channel c the place 16 c + 4 dy + dx; here
    // the channels of a pixel stay together: L (4 dy + dx) + c.
    let pixels = Self.block * Self.block
    let order =
      Array(0..<context)
      + (0..<pixels).flatMap { pixel in
        (0..<model.lowLevel).map { context + $0 * pixels + pixel }
      }
    let first = try SeparableConvolution(
      source, "decoder.refine.0", inputs: order.count, outputs: model.decoder, kernel: 7,
      inputOrder: order,
      maps: LayerMaps(input: Self.fusedMap, output: "decoder.refine.0.pointwise"), kernels: kernels)
    let second = DepthwiseConvolution(
      try FoldedWeights(
        source, "decoder.refine.1.depthwise", outputs: model.decoder, inputs: 1, kernel: 7),
      activation: .relu,
      maps: LayerMaps(input: "decoder.refine.0.pointwise", output: "decoder.refine.1.depthwise"),
      kernels: kernels)
    refine = SlicedDepthwise(
      nil, first.depthwise, height: self.height, width: self.width, kernels: kernels)
    expand = SlicedDepthwise(
      first.pointwise, second, height: self.height, width: self.width, kernels: kernels)
    workspace = Workspace(parts: threads.threads)
    pixelShuffle = PixelShuffle(
      try FoldedWeights(
        source, "decoder.refine.1.pointwise", outputs: model.decoder, inputs: model.decoder,
        kernel: 1), block: Self.block, width: self.width, height: self.height,
      maps: LayerMaps(input: "decoder.refine.1.depthwise", output: Self.sharedMap),
      workspace: workspace, pool: threads, kernels: kernels)

    fused = FeatureBuffer(
      height: self.height, width: self.width, channels: order.count, halo: 3,
      elementSize: elementSize)
    filtered = [order.count, model.decoder].map { [height = self.height, width = self.width] in
      FeatureBuffer(height: height, width: width, channels: $0, elementSize: kernels.elementSize)
    }
    branchStride = FeatureBuffer.pixelStride(channels: branchChannels, elementSize: elementSize)
    contextGroup = RowGroups.size(
      rows: (self.height + threads.threads - 1) / threads.threads,
      rowBytes: self.width * branchStride * elementSize, cacheShare: Self.cacheShare)

    workspace.reserve(
      bytesPerPart: contextGroup * self.width * branchStride * elementSize
        + atrous[0].scratchBytes(rows: contextGroup, width: self.width, elementSize: elementSize))
    workspace.reserve(bytesPerPart: expand.scratchBytes)
    workspace.allocate()

    fuseJob = RowJob(threads) { [unowned self] part, rows in
      let marks = clock?.beginMarks(part: part)
      while let some = rows.next(contextGroup) {
        runContext(rows: some, scratch: workspace.part(part), marks: marks)
        for y in some { runLowLevel(row: y) }
        marks?.mark(2 + atrous.count)
      }
    }
    refineJob = RowJob(threads) { [unowned self] part, slices in
      refine.run(
        slices: slices, from: fused.view, into: filtered[0].view, scratch: workspace.part(part))
    }
    expandJob = RowJob(threads) { [unowned self] part, slices in
      expand.run(
        slices: slices, from: filtered[0].view, into: filtered[1].view,
        scratch: workspace.part(part), marks: clock?.beginMarks(part: part))
    }
  }

  /// - Parameters:
  ///   - low: stride 4, 24 channels.
  ///   - high: stride 16, 320 channels, halo of the largest rate.
  ///   - shared: the heads' input, stride 4, decoder / 16 channels.
  ///   - times: for the clock.
  func run(low: FeatureView, high: FeatureView, shared: FeatureView, times: LayerTimes) {
    self.low = low
    self.high = high
    self.shared = shared
    // The layers in the order of `NetworkLayers`: pooling, those that take turns in the fuse job,
    // two for each refinement, of which those in the middle take turns.
    let refinements = layers.upperBound - 4
    clock?.begin(times)
    pool.run(high, project: project)
    clock?.lap(layers.lowerBound)
    fuseJob.run(rows: height)
    clock?.lap(interleaved: layers.lowerBound + 1..<refinements)
    refineJob.run(rows: refine.slices)
    clock?.lap(refinements)
    expandJob.run(rows: expand.slices)
    clock?.lap(interleaved: refinements + 1..<refinements + 3)
    pixelShuffle.run(from: filtered[1].view, into: shared)
    clock?.lap(refinements + 3)
  }

  private func runContext(
    rows: Range<Int>, scratch: UnsafeMutableRawPointer, marks: RowMarks?
  ) {
    let branches = FeatureView(
      base: scratch, height: rows.count, width: width, channels: branchChannels,
      pixelStride: branchStride, rowStride: width * branchStride, elementSize: elementSize)
    let between = scratch + rows.count * width * branchStride * elementSize
    for (index, y) in rows.enumerated() {
      pointwise.multiply(
        high.pixel(y, 0), stride: high.pixelStride, into: branches.pixel(index, 0),
        stride: branchStride, count: width)
    }
    marks?.mark(0)
    for (index, branch) in atrous.enumerated() {
      let filtered = branch.runDepthwise(rows: rows, from: high, scratch: between)
      let place = branches.slice(
        first: (1 + index) * branch.pointwise.outputs, channels: branch.pointwise.outputs)
      branch.pointwise.multiply(
        filtered.base, stride: filtered.pixelStride, into: place.base, stride: branchStride,
        count: rows.count * width)
      marks?.mark(1 + index)
    }
    for (index, y) in rows.enumerated() {
      project.multiply(
        branches.pixel(index, 0), stride: branchStride, into: fused.view.pixel(y, 0),
        stride: fused.view.pixelStride, count: width, upcoming: .rows(y..<y + 1, of: fused.view))
    }
    marks?.mark(1 + atrous.count)
  }

  private func runLowLevel(row y: Int) {
    for dy in 0..<Self.block {
      for dx in 0..<Self.block {
        let first = Self.contextChannels + (dy * Self.block + dx) * lowLevel.outputs
        lowLevel.multiply(
          low.pixel(y * Self.block + dy, dx), stride: Self.block * low.pixelStride,
          into: fused.view.pixel(y, 0) + first * elementSize, stride: fused.view.pixelStride,
          count: width,
          upcoming: .rows(
            y * Self.block + dy + 1..<y * Self.block + dy + 2, of: low, part: dx, of: Self.block))
      }
    }
  }
}
