/// The names and shapes of a network's tensors, as `reference/deeperlab.py` names them.
struct TensorShapes {
  private(set) var all: [(name: String, shape: [Int])] = []

  init(_ model: ModelDescription) {
    convolution("encoder.stem", Encoder.stemChannels, 3, 5)
    for (index, block) in Encoder.blocks.enumerated() {
      let prefix = "encoder.blocks.\(index)"
      let hidden = block.inputs * block.expansion
      if block.expansion != 1 { convolution("\(prefix).expand", hidden, block.inputs, 1) }
      convolution("\(prefix).depthwise", hidden, 1, 5)
      convolution("\(prefix).project", block.outputs, hidden, 1)
    }
    let high = Encoder.highChannels
    convolution("aspp.pointwise", model.aspp, high, 1)
    for index in model.rates.indices {
      separable("aspp.atrous.\(index)", high, model.aspp, 3)
    }
    convolution("aspp.pool", model.aspp, high, 1)
    let branches = 2 + model.rates.count
    convolution("aspp.project", ContextDecoder.contextChannels, branches * model.aspp, 1)
    convolution("decoder.low_level", model.lowLevel, Encoder.lowChannels, 1)
    separable(
      "decoder.refine.0", ContextDecoder.fusedChannels(lowLevel: model.lowLevel), model.decoder, 7)
    separable("decoder.refine.1", model.decoder, model.decoder, 7)
    for head in HeadKind.allCases {
      let hidden = head.hiddenChannels(model)
      let outputs = head.outputChannels(model)
      separable("heads.\(head.rawValue).hidden", model.decoder / 16, hidden, 7)
      all.append(("heads.\(head.rawValue).logits.weight", [outputs, hidden, 1, 1]))
      all.append(("heads.\(head.rawValue).logits.bias", [outputs]))
    }
  }

  private mutating func convolution(_ prefix: String, _ outputs: Int, _ inputs: Int, _ kernel: Int)
  {
    all.append(("\(prefix).conv.weight", [outputs, inputs, kernel, kernel]))
    for name in ["weight", "bias", "running_mean", "running_var"] {
      all.append(("\(prefix).bn.\(name)", [outputs]))
    }
  }

  private mutating func separable(_ prefix: String, _ inputs: Int, _ outputs: Int, _ kernel: Int) {
    convolution("\(prefix).depthwise", inputs, 1, kernel)
    convolution("\(prefix).pointwise", outputs, inputs, 1)
  }
}
