import Inference

/// The three stages of the network.
public enum NetworkPart: String, CaseIterable, Sendable {
  case encoder, decoder, heads

  /// Its place in the frame's way.
  var index: Int { Self.allCases.firstIndex(of: self)! }
}

/// The network's layers in the order in which their times stand in `LayerTimes`, with what each has
/// to do: a table from the architecture and the widths alone.
///
/// A layer is what an engineer would speed up by itself: the stem, an inverted residual block, a
/// branch of ASPP, a convolution of the decoder, a head. Image pooling's share of the projection is
/// the same at every pixel and computed once (see `ImagePooling`), so it is counted once; the
/// reference network spends `2 * aspp * 256` operations on it at each pixel.
public struct NetworkLayers: Sendable {
  public let costs: [LayerCost]
  private let ends: [Int]

  /// The layers of one part.
  public func range(_ part: NetworkPart) -> Range<Int> {
    (part.index == 0 ? 0 : ends[part.index - 1])..<ends[part.index]
  }

  public func part(ofLayer index: Int) -> NetworkPart {
    NetworkPart.allCases[ends.firstIndex { index < $0 }!]
  }

  /// - Parameter elementSize: bytes of a weight and of a value between two layers.
  init(_ model: ModelDescription, width: Int, height: Int, elementSize: Int) {
    let size = (width: width, height: height)
    let parts = [
      Self.encoder(size, elementSize), Self.decoder(model, size, elementSize),
      Self.heads(model, size, elementSize),
    ]
    costs = parts.flatMap { $0 }
    ends = parts.indices.map { parts[...$0].reduce(0) { $0 + $1.count } }
  }

  private typealias Size = (width: Int, height: Int)

  private static func encoder(_ size: Size, _ elementSize: Int) -> [LayerCost] {
    var pixels = size.width * size.height / 4
    let stem = LayerWork(weights: 25 * 3 * Encoder.stemChannels, pixels: pixels)
    var costs = [
      LayerCost(
        name: "encoder.stem", operations: stem.operations,
        weightBytes: stem.weights * elementSize,
        // The picture is bytes.
        mapBytes: 3 * size.width * size.height + Encoder.stemChannels * pixels * elementSize)
    ]
    for (index, block) in Encoder.blocks.enumerated() {
      let inputPixels = pixels
      pixels /= block.stride * block.stride
      let hidden = block.inputs * block.expansion
      let work = [
        LayerWork(weights: block.expansion == 1 ? 0 : block.inputs * hidden, pixels: inputPixels),
        LayerWork(weights: 25 * hidden, pixels: pixels),
        LayerWork(weights: hidden * block.outputs, pixels: pixels),
      ]
      costs.append(
        LayerCost(
          name: "encoder.blocks.\(index)", work, elementSize: elementSize,
          values: block.inputs * inputPixels + block.outputs * pixels))
    }
    return costs
  }

  private static func decoder(
    _ model: ModelDescription, _ size: Size, _ elementSize: Int
  ) -> [LayerCost] {
    let pixels = size.width * size.height / (Encoder.outputStride * Encoder.outputStride)
    let context = ContextDecoder.contextChannels
    let block = ContextDecoder.block * ContextDecoder.block
    let high = Encoder.highChannels
    let branches = (1 + model.rates.count) * model.aspp
    let fused = ContextDecoder.fusedChannels(lowLevel: model.lowLevel)
    func cost(_ name: String, inputs: Int, outputs: Int, _ work: LayerWork...) -> LayerCost {
      LayerCost(name: name, work, elementSize: elementSize, values: (inputs + outputs) * pixels)
    }
    func depthwise(_ kernel: Int, _ channels: Int) -> LayerWork {
      LayerWork(weights: kernel * kernel * channels, pixels: pixels)
    }
    func pointwise(_ inputs: Int, _ outputs: Int) -> LayerWork {
      LayerWork(weights: inputs * outputs, pixels: pixels)
    }
    let pooling = [
      LayerWork(weights: high * model.aspp, pixels: 1),
      LayerWork(weights: model.aspp * context, pixels: 1),
    ]
    let lowPixels = pixels * block
    return [
      LayerCost(
        name: "aspp.pool", pooling, elementSize: elementSize, values: high * pixels + context),
      cost("aspp.pointwise", inputs: high, outputs: model.aspp, pointwise(high, model.aspp)),
    ]
      + model.rates.indices.map {
        cost(
          "aspp.atrous.\($0)", inputs: high, outputs: model.aspp, depthwise(3, high),
          pointwise(high, model.aspp))
      } + [
        cost("aspp.project", inputs: branches, outputs: context, pointwise(branches, context)),
        LayerCost(
          name: "decoder.low_level",
          [LayerWork(weights: Encoder.lowChannels * model.lowLevel, pixels: lowPixels)],
          elementSize: elementSize,
          values: (Encoder.lowChannels + model.lowLevel) * lowPixels),
        cost("decoder.refine.0.depthwise", inputs: fused, outputs: fused, depthwise(7, fused)),
        cost(
          "decoder.refine.0.pointwise", inputs: fused, outputs: model.decoder,
          pointwise(fused, model.decoder)),
        cost(
          "decoder.refine.1.depthwise", inputs: model.decoder, outputs: model.decoder,
          depthwise(7, model.decoder)),
        cost(
          "decoder.refine.1.pointwise", inputs: model.decoder, outputs: model.decoder,
          pointwise(model.decoder, model.decoder)),
      ]
  }

  private static func heads(
    _ model: ModelDescription, _ size: Size, _ elementSize: Int
  ) -> [LayerCost] {
    let block = ContextDecoder.block * ContextDecoder.block
    let pixels = size.width * size.height / block
    let inputs = model.decoder / block
    return HeadKind.allCases.map { kind in
      let hidden = kind.hiddenChannels(model)
      let outputs = kind.outputChannels(model)
      let weights = 49 * inputs + inputs * hidden + hidden * outputs
      return LayerCost(
        name: "heads.\(kind.rawValue)",
        operations: LayerWork(weights: weights, pixels: pixels).operations,
        weightBytes: weights * elementSize,
        // Logits are float32.
        mapBytes: pixels * (inputs * elementSize + outputs * MemoryLayout<Float>.size))
    }
  }
}

/// A convolution: so many weights, each used once at every one of so many output pixels.
private struct LayerWork {
  var weights: Int
  var pixels: Int
  var operations: Int { 2 * weights * pixels }
}

extension LayerCost {
  /// - Parameter values: of the maps that go in and come out.
  fileprivate init(name: String, _ work: [LayerWork], elementSize: Int, values: Int) {
    self.init(
      name: name, operations: work.reduce(0) { $0 + $1.operations },
      weightBytes: work.reduce(0) { $0 + $1.weights } * elementSize,
      mapBytes: values * elementSize)
  }
}
