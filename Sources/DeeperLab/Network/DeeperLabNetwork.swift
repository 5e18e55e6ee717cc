import Inference

/// DeeperLab with the Wider MobileNetV2 encoder, planned for one input size and one arithmetic.
///
/// `encode`, `decode` and `runHeads` are the three stages of a frame's way. Each may run on a
/// thread of its own, at the same time as the others on other frames, but not twice at once.
public final class DeeperLabNetwork: @unchecked Sendable {
  public let model: ModelDescription
  public let width: Int
  public let height: Int
  public let kernels: Kernels
  /// What the network consists of, and what each layer has to do.
  public let layers: NetworkLayers
  private let encoder: Encoder
  private let decoder: ContextDecoder
  private let heads: Heads
  private let pools: [ThreadPool]

  /// - Parameters:
  ///   - source: the tensors, e.g. `ModelFile.tensors`.
  ///   - width, height: of the network input, multiples of 16.
  /// - Throws: `ModelError.inputSize`, `.notCalibrated` for int8 kernels without ranges, or `InferenceError` when a tensor does not fit.
  public init(
    _ source: some WeightSource, _ model: ModelDescription, width: Int, height: Int,
    kernels: Kernels, pool: ThreadPool
  ) throws {
    let limit = ModelDescription.sideLimit
    guard width > 0, height > 0, width % 16 == 0, height % 16 == 0, width <= limit, height <= limit
    else { throw ModelError.inputSize(width: width, height: height) }
    if kernels.precision == .int8, !kernels.hasRanges(of: MapNames.all(model)) {
      throw ModelError.notCalibrated(file: source.file)
    }
    self.model = model
    self.width = width
    self.height = height
    self.kernels = kernels
    layers = NetworkLayers(
      model, width: width, height: height, elementSize: kernels.elementSize)
    // The same threads, each part's work measured apart.
    pools = NetworkPart.allCases.map { _ in pool.share() }
    encoder = try Encoder(
      source, model, width: width, height: height, pool: pools[0], kernels: kernels)
    decoder = try ContextDecoder(
      source, model, width: width, height: height, layers: layers.range(.decoder), pool: pools[1],
      kernels: kernels)
    heads = try Heads(
      source, model, width: width, height: height, layers: layers.range(.heads), pool: pools[2],
      kernels: kernels)
  }

  /// Whether layers write their times into `NetworkActivations.layerTimes`. Off at first; to be
  /// changed only while no part works.
  public var measuresLayers = false {
    didSet {
      for pool in pools { pool.measuresCoreTime = false }
      let clocks = NetworkPart.allCases.map { part in
        measuresLayers
          ? LayerClock(pools[part.index], interleaved: layers.range(part).count) : nil
      }
      (encoder.clock, decoder.clock, heads.clock) = (clocks[0], clocks[1], clocks[2])
    }
  }

  public convenience init(
    _ file: ModelFile, width: Int? = nil, height: Int? = nil, kernels: Kernels, pool: ThreadPool
  ) throws {
    try self.init(
      file.tensors, file.description, width: width ?? file.description.inputWidth,
      height: height ?? file.description.inputHeight, kernels: kernels, pool: pool)
  }

  /// Buffers for one frame on its way.
  public func makeActivations() -> NetworkActivations {
    NetworkActivations(model, width: width, height: height, kernels: kernels, layers: layers)
  }

  /// The encoder: `rgb` (RGB24, width x height) to low-level and high-level features.
  public func encode(_ rgb: UnsafePointer<UInt8>, _ frame: NetworkActivations) {
    encoder.run(rgb, low: frame.low.view, high: frame.high.view, times: frame.layerTimes)
  }

  /// ASPP and decoder: features to the heads' shared input.
  public func decode(_ frame: NetworkActivations) {
    decoder.run(
      low: frame.low.view, high: frame.high.view, shared: frame.shared.view,
      times: frame.layerTimes)
  }

  /// The five heads: shared input to `frame.headMaps`.
  public func runHeads(_ frame: NetworkActivations) {
    heads.run(frame.shared.view, into: frame.outputViews, times: frame.layerTimes)
  }
}
