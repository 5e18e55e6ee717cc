import Inference

/// Weights by the rule of Fixtures/RULE.md, so that test networks need no weight files.
struct HashedWeights: WeightSource {
  var model: String
  var file: String { "hashed:\(model)" }

  static func words(_ text: String) -> (Int) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return { index in
      var z = hash &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  func values(_ name: String, shape: [Int]) throws -> [Float] {
    let word = Self.words("\(model)/\(name)")
    let fanIn = Float(shape.dropFirst().reduce(1, *))
    let isLinear =
      (name.hasPrefix("encoder.") && name.hasSuffix("project.conv.weight"))
      || name.hasSuffix("logits.weight")
    let amplitude = ((isLinear ? Float(3) : 6) / fanIn).squareRoot()
    return (0..<shape.reduce(1, *)).map { index in
      let u = Float(word(index) >> 40) * 0x1p-24
      let v = u * 2 - 1
      if name.hasSuffix("bn.weight") { return 0.75 + 0.5 * u }
      if name.hasSuffix("bn.running_var") { return 0.5 + u }
      if name.hasSuffix("bn.bias") || name.hasSuffix("bn.running_mean")
        || name.hasSuffix("logits.bias")
      {
        return 0.25 * v
      }
      return amplitude * v
    }
  }
}

/// A test picture by the rule of Fixtures/RULE.md: blocks of 8x8 pixels under noise.
enum HashedPicture {
  /// RGB24 of the case's picture.
  static func rgb(_ name: String, width: Int, height: Int) -> [UInt8] {
    let blocks = HashedWeights.words("\(name)/blocks")
    let noise = HashedWeights.words("\(name)/noise")
    let across = (width + 7) / 8
    return (0..<height * width * 3).map { index in
      let (pixel, colour) = index.quotientAndRemainder(dividingBy: 3)
      let (row, column) = pixel.quotientAndRemainder(dividingBy: width)
      let block = blocks(((row / 8) * across + column / 8) * 3 + colour) >> 56
      return UInt8((3 * block + (noise(index) >> 56)) >> 2)
    }
  }
}
