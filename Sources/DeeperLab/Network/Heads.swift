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

/// The heads: each a separable 7x7 convolution and a 1x1 one. They run two rows at a time, one
/// head after the other, so that the rows' input is read from memory once for all five and
/// nothing between input and logits leaves the cache.
final class Heads {
  private struct Head {
    var hidden: SeparableConvolution
    var logits: PackedMatrix
  }

  /// Rows computed together: a pair for the depthwise convolutions.
  private static let group = 2

  private let heads: [Head]
  private let width: Int
  private let height: Int
  private let workspace: Workspace
  private let hiddenStride: Int
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
    let inputs = model.decoder / 16
    elementSize = kernels.elementSize
    heads = try HeadKind.allCases.map { kind in
      let prefix = "heads.\(kind.rawValue)"
      let hidden = kind.hiddenChannels(model)
      var logits = try FoldedWeights(
        source, logits: "\(prefix).logits", outputs: kind.outputChannels(model), inputs: hidden)
      logits.bias = kernels.corrected(logits.bias, "\(prefix).logits")
      return Head(
        hidden: try SeparableConvolution(
          source, "\(prefix).hidden", inputs: inputs, outputs: hidden, kernel: 7,
          maps: LayerMaps(input: ContextDecoder.sharedMap, output: "\(prefix).hidden"),
          kernels: kernels),
        logits: PackedMatrix(
          logits, activation: .none, maps: LayerMaps(input: "\(prefix).hidden", output: nil),
          kernels: kernels))
    }
    outputs.reserveCapacity(heads.count)
    hiddenStride = FeatureBuffer.pixelStride(
      channels: max(model.semanticHead, model.instanceHead), elementSize: elementSize)
    workspace = Workspace(parts: pool.threads)
    workspace.reserve(
      bytesPerPart: Self.group * self.width * hiddenStride * elementSize
        + heads[0].hidden.scratchBytes(
          rows: Self.group, width: self.width, elementSize: elementSize))
    workspace.allocate()
    job = RowJob(pool) { [unowned self] part, rows in
      let marks = clock?.beginMarks(part: part)
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.group) {
        run(
          rows: first..<min(first + Self.group, rows.upperBound), scratch: workspace.part(part),
          marks: marks)
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
    let between = scratch + Self.group * width * hiddenStride * elementSize
    for (index, head) in heads.enumerated() {
      let filtered = head.hidden.runDepthwise(rows: rows, from: shared, scratch: between)
      head.hidden.pointwise.multiply(
        filtered.base, stride: filtered.pixelStride, into: scratch, stride: hiddenStride,
        count: rows.count * width)
      let output = outputs[index]
      // What the next rows read beyond these.
      let next = min(rows.upperBound + 3, height)
      shared.prefetch(
        rows: next..<min(next + Self.group, height), part: index, of: heads.count)
      head.logits.multiply(
        scratch, stride: hiddenStride, into: output.pixel(rows.lowerBound, 0),
        stride: output.pixelStride, count: rows.count * width, floatOut: true)
      marks?.mark(index)
    }
  }
}
