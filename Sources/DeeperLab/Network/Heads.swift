import Inference
import Panoptic

/// DeeperLab's five outputs (section 3.3), named as in the tensor names.
public enum HeadKind: String, CaseIterable, Sendable {
  case semantic
  case keypointHeatmap = "keypoint_heatmap"
  case longRange = "long_range"
  case shortRange = "short_range"
  case middleRange = "middle_range"

  static let keypoints = 5
  static let edges = 8

  public func outputChannels(_ model: ModelDescription) -> Int {
    switch self {
    case .semantic: model.classes.count
    case .keypointHeatmap: Self.keypoints
    case .longRange, .shortRange: 2 * Self.keypoints
    case .middleRange: 2 * Self.edges
    }
  }

  /// The name of its last convolution.
  var logitsName: String { "heads.\(rawValue).logits" }

  func hiddenChannels(_ model: ModelDescription) -> Int {
    self == .semantic ? model.semanticHead : model.instanceHead
  }
}

/// The heads: each a separable 7x7 convolution and a 1x1 one. They run some rows at a time, one
/// head after the other, so that the rows' input is read from memory once for all five and
/// nothing between input and logits leaves the cache.
///
/// Where there are kernels for it, the five depthwise convolutions share their input's transform by
/// Winograd's algorithm, in blocks of columns so narrow that it stays in L2.
final class Heads {
  private enum Filter {
    case plain(DepthwiseConvolution)
    case winograd(WinogradDepthwise)
  }

  private struct Head {
    var depthwise: Filter
    var pointwise: PackedMatrix
    var logits: PackedMatrix
  }

  /// Bytes of a transformed input that stay in a thread's L2 cache beside what passes through.
  private static let cacheShare = 400 << 10

  /// Rows computed together: a pair, or what a transform is for.
  private let group: Int
  /// Columns computed together.
  private let block: Int
  private let inputs: Int
  private let kernels: Kernels

  private let heads: [Head]
  private let width: Int
  private let height: Int
  private let workspace: Workspace
  private let hiddenStride: Int
  private let filteredStride: Int
  private let elementSize: Int
  private var shared: FeatureView!
  private var outputs: [FeatureView] = []
  private var job: RowJob!
  private let layers: Range<Int>
  /// Reads the time between heads, if anybody wants to know.
  var clock: LayerClock?

  /// - Parameter layers: places of the heads among the network's layers.
  init(
    _ source: some WeightSource, _ model: ModelDescription, width: Int, height: Int,
    layers: Range<Int>, pool: ThreadPool, kernels: Kernels
  ) throws {
    self.layers = layers
    self.width = width / ContextDecoder.block
    self.height = height / ContextDecoder.block
    inputs = model.decoder / 16
    self.kernels = kernels
    let isTransformed = WinogradDepthwise.serves(kernels)
    group = isTransformed ? WinogradDepthwise.rows : 2
    block =
      isTransformed
      ? RowGroups.size(
        rows: self.width,
        rowBytes: WinogradDepthwise.transformedBytes(width: self.width, channels: inputs)
          / self.width, cacheShare: Self.cacheShare)
      : self.width
    elementSize = kernels.elementSize
    heads = try HeadKind.allCases.map { [inputs] kind in
      let prefix = "heads.\(kind.rawValue)"
      let hidden = kind.hiddenChannels(model)
      var logits = try FoldedWeights(
        source, logits: "\(prefix).logits", outputs: kind.outputChannels(model), inputs: hidden)
      logits.bias = kernels.corrected(logits.bias, "\(prefix).logits")
      let between = "\(prefix).hidden.depthwise"
      let depthwise = try FoldedWeights(source, between, outputs: inputs, inputs: 1, kernel: 7)
      let pointwise = try FoldedWeights(
        source, "\(prefix).hidden.pointwise", outputs: hidden, inputs: inputs, kernel: 1)
      return Head(
        depthwise: isTransformed
          ? .winograd(WinogradDepthwise(depthwise, activation: .relu, kernels: kernels))
          : .plain(
            DepthwiseConvolution(
              depthwise, activation: .relu,
              maps: LayerMaps(input: ContextDecoder.sharedMap, output: between),
              kernels: kernels)),
        pointwise: PackedMatrix(
          pointwise, activation: .relu,
          maps: LayerMaps(input: between, output: "\(prefix).hidden"), kernels: kernels),
        logits: PackedMatrix(
          logits, activation: .none, maps: LayerMaps(input: "\(prefix).hidden", output: nil),
          kernels: kernels))
    }
    outputs.reserveCapacity(heads.count)
    hiddenStride = FeatureBuffer.pixelStride(
      channels: max(model.semanticHead, model.instanceHead), elementSize: elementSize)
    filteredStride = FeatureBuffer.pixelStride(channels: inputs, elementSize: elementSize)
    workspace = Workspace(parts: pool.threads)
    workspace.reserve(
      bytesPerPart: group * block * (hiddenStride + filteredStride) * elementSize
        + (isTransformed
          ? WinogradDepthwise.transformedBytes(width: block, channels: inputs) : 0))
    workspace.allocate()
    job = RowJob(pool) { [unowned self] part, rows in
      let marks = clock?.beginMarks(part: part)
      while let some = rows.next(group) {
        run(rows: some, scratch: workspace.part(part), marks: marks)
      }
    }
  }

  /// - Parameters:
  ///   - shared: stride 4, decoder / 16 channels, halo 3.
  ///   - outputs: float32 maps in the order of `HeadKind.allCases`.
  ///   - times: for the clock.
  func run(_ shared: FeatureView, into outputs: [FeatureView], times: LayerTimes) {
    self.shared = shared
    self.outputs = outputs
    precondition(outputs.allSatisfy(\.isContiguous))
    clock?.begin(times)
    job.run(rows: height)
    clock?.lap(interleaved: layers)
  }

  private func run(rows: Range<Int>, scratch: UnsafeMutableRawPointer, marks: RowMarks?) {
    let between = scratch + group * block * hiddenStride * elementSize
    let transformed = between + group * block * filteredStride * elementSize
    for columns in RowGroups(of: block, in: 0..<width) {
      if case .winograd = heads[0].depthwise {
        WinogradDepthwise.transform(
          row: rows.lowerBound, columns: columns, from: shared, into: transformed,
          kernels: kernels)
      }
      let filtered = FeatureView(
        base: between, height: rows.count, width: columns.count, channels: inputs,
        pixelStride: filteredStride, rowStride: columns.count * filteredStride,
        elementSize: elementSize)
      for (index, head) in heads.enumerated() {
        switch head.depthwise {
        case .plain(let depthwise): depthwise.run(rows: rows, from: shared, into: filtered)
        case .winograd(let winograd): winograd.run(transformed, into: filtered)
        }
        // What the next rows read beyond these.
        let next = rows.upperBound + 3
        head.pointwise.multiply(
          filtered.base, stride: filtered.pixelStride, into: scratch, stride: hiddenStride,
          count: rows.count * columns.count,
          upcoming: columns.lowerBound == 0
            ? .rows(next..<next + group, of: shared, part: index, of: heads.count) : .none)
        let output = outputs[index]
        // Whole rows follow each other without a gap.
        let lines = columns.count == width ? 1 : rows.count
        let count = rows.count * columns.count / lines
        for line in 0..<lines {
          head.logits.multiply(
            scratch + line * count * hiddenStride * elementSize, stride: hiddenStride,
            into: output.pixel(rows.lowerBound + line, columns.lowerBound),
            stride: output.pixelStride, count: count, floatOut: true)
        }
        marks?.mark(index)
      }
    }
  }
}
