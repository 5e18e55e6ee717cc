import Inference

/// Weights of a network that nobody trained, in a range that keeps activations finite.
struct RandomWeights: WeightSource {
  var file: String { "random weights" }

  func values(_ name: String, shape: [Int]) throws -> [Float] {
    let count = shape.reduce(1, *)
    if name.hasSuffix("running_var") || name.hasSuffix("bn.weight") {
      return [Float](repeating: 1, count: count)
    }
    let fanIn = max(1, shape.dropFirst().reduce(1, *))
    let amplitude = (6 / Float(fanIn)).squareRoot()
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Float(state >> 40) * 0x1p-23 - 1) * amplitude
    }
  }
}
