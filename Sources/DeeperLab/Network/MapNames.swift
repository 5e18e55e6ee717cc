/// The feature maps whose ranges an int8 network needs, named after the convolution that writes
/// them, or after their use where several do.
enum MapNames {
  /// Whether no ReLU follows the convolution. All other maps have no values below zero, and their
  /// padding relies on it: its byte is 0.
  static func isLinear(_ map: String) -> Bool { map.hasSuffix(".project") }

  static func all(_ model: ModelDescription) -> [String] {
    var names = ["encoder.stem"]
    for (index, block) in Encoder.blocks.enumerated() {
      let layers = (block.expansion == 1 ? [] : ["expand"]) + ["depthwise", "project"]
      names += layers.map { "encoder.blocks.\(index).\($0)" }
    }
    names += model.rates.indices.map { "aspp.atrous.\($0).depthwise" }
    names += [
      ContextDecoder.branchMap, ContextDecoder.fusedMap, "decoder.refine.0.depthwise",
      "decoder.refine.0.pointwise", "decoder.refine.1.depthwise", ContextDecoder.sharedMap,
    ]
    for head in HeadKind.allCases {
      names += ["heads.\(head.rawValue).hidden.depthwise", "heads.\(head.rawValue).hidden"]
    }
    return names
  }
}
