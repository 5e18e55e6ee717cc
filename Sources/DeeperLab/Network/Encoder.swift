import Inference

/// Wider MobileNetV2 (DeeperLab, section 3.1; MobileNetV2, table 2): every 3x3 convolution is
/// 5x5, output stride 16, the last blocks atrous.
final class Encoder {
  struct Block {
    var inputs: Int
    var outputs: Int
    var expansion: Int
    var stride: Int
    var dilation: Int
  }

  static let stemChannels = 32
  static let outputStride = 16
  /// The block whose output, at stride 4, are the low-level features.
  static let lowLevelBlock = 2
  static let lowChannels = 24
  static let highChannels = 320
  /// The name of the high-level features.
  static let highMap = "encoder.blocks.16.project"
  static let lowMap = "encoder.blocks.\(lowLevelBlock).project"

  static let blocks: [Block] = {
    // expansion t, channels c, repeats n, stride s
    let table = [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
      (6, 320, 1, 1),
    ]
    var blocks: [Block] = []
    var channels = stemChannels
    var stride = 2
    var dilation = 1
    for (expansion, outputs, repeats, firstStride) in table {
      for index in 0..<repeats {
        var step = index == 0 ? firstStride : 1
        let rate = dilation
        if step == 2 && stride == outputStride {
          // Atrous from here on; this block keeps the old rate.
          step = 1
          dilation *= 2
        }
        stride *= step
        blocks.append(
          Block(
            inputs: channels, outputs: outputs, expansion: expansion, stride: step, dilation: rate))
        channels = outputs
      }
    }
    return blocks
  }()

  private let layers: [InvertedResidual]
  /// Outputs of the blocks that stay inside the encoder; two buffers a shape, used in turn.
  private let between: [FeatureBuffer?]
  /// Reads the time between layers, if anybody wants to know.
  var clock: LayerClock? { didSet { layers[0].clock = clock } }

  init(
    _ source: some WeightSource, _ model: ModelDescription, width: Int, height: Int,
    pool: ThreadPool, kernels: Kernels
  ) throws {
    let workspace = Workspace(parts: pool.threads)
    let stem = try Stem(
      source, "encoder.stem", outputs: Self.stemChannels, height: height, width: width,
      mean: Float(model.mean), scale: Float(model.scale), kernels: kernels)
    var size = (height: stem.height, width: stem.width)
    var layers: [InvertedResidual] = []
    var between: [FeatureBuffer?] = []
    for (index, block) in Self.blocks.enumerated() {
      layers.append(
        try InvertedResidual(
          source, "encoder.blocks.\(index)", inputs: block.inputs, outputs: block.outputs,
          expansion: block.expansion, stem: index == 0 ? stem : nil, stride: block.stride,
          dilation: block.dilation,
          inputHeight: size.height, inputWidth: size.width,
          map: index == 0 ? "encoder.stem" : "encoder.blocks.\(index - 1).project",
          workspace: workspace, pool: pool, kernels: kernels))
      size = (size.height / block.stride, size.width / block.stride)
      let leaves = index == Self.lowLevelBlock || index == Self.blocks.count - 1
      if leaves {
        between.append(nil)
      } else if index >= 2, let old = between[index - 2], old.view.height == size.height,
        old.view.channels == block.outputs
      {
        between.append(old)
      } else {
        between.append(
          FeatureBuffer(
            height: size.height, width: size.width, channels: block.outputs,
            elementSize: kernels.elementSize))
      }
    }
    self.layers = layers
    self.between = between
    workspace.allocate()
  }

  /// - Parameters:
  ///   - rgb: the picture, RGB24.
  ///   - low: stride 4, 24 channels.
  ///   - high: stride 16, 320 channels.
  ///   - times: for the clock.
  func run(
    _ rgb: UnsafePointer<UInt8>, low: FeatureView, high: FeatureView, times: LayerTimes
  ) {
    clock?.begin(times)
    var input = between[0]!.view
    layers[0].run(from: rgb, into: input)
    clock?.lap(interleaved: 0..<2)
    for index in 1..<layers.count {
      let output =
        between[index]?.view ?? (index == Self.lowLevelBlock ? low : high)
      layers[index].run(from: input, into: output)
      clock?.lap(1 + index)
      input = output
    }
  }
}
