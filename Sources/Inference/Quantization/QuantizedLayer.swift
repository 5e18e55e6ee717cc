/// A convolution in whole numbers: weights in -127...127 with a scale for each output, and what
/// turns an output's sum into a byte of the output map.
///
/// With x = sx (q - zx), w = sw * v and y = sy (p - zy):
/// p = (sum of q * v + start) * multiplier + bias, where start = -zx * sum of v,
/// multiplier = sx * sw / sy and bias = b / sy + zy.
struct QuantizedLayer {
  /// Whole numbers in the order of the weights given.
  var values: [Float]
  var start: [Int32]
  var multiplier: [Float]
  /// Of a residual's byte in the sum; 0 where there is none.
  let residualScale: Float
  let input: Quantization
  private let output: Quantization
  private let residualZero: Float

  /// - Parameters:
  ///   - weights: at most `Kernels.mostInputs` for each output.
  ///   - output: the output that a weight belongs to.
  init(
    _ weights: [Float], outputs: Int, output index: (Int) -> Int, maps: LayerMaps,
    quantizations: [String: Quantization]
  ) {
    self.init(
      weights, outputs: outputs, output: index, input: quantizations[maps.input]!,
      result: maps.output.map { quantizations[$0]! } ?? .identity,
      residual: maps.residual.map { quantizations[$0]! })
  }

  init(
    _ weights: [Float], outputs: Int, output index: (Int) -> Int, input: Quantization,
    result: Quantization, residual: Quantization? = nil
  ) {
    precondition(weights.count <= outputs * Kernels.mostInputs)
    self.input = input
    output = result
    residualScale = (residual?.scale ?? 0) / result.scale
    residualZero = residual?.zeroPoint ?? 0
    var largest = [Float](repeating: 0, count: outputs)
    for (place, weight) in weights.enumerated() {
      largest[index(place)] = max(largest[index(place)], abs(weight))
    }
    let scales = largest.map { max($0 / 127, ActivationRange.smallest) }
    var sums = [Int32](repeating: 0, count: outputs)
    values = weights
    for (place, weight) in weights.enumerated() {
      let value = (weight / scales[index(place)]).rounded()
      values[place] = value
      sums[index(place)] += Int32(value)
    }
    start = sums.map { Int32((-input.zeroPoint * Float($0)).rounded()) }
    multiplier = scales.map { $0 * input.scale / result.scale }
  }

  /// A bias in the output map's units.
  func bias(_ value: Float) -> Float {
    value / output.scale + output.zeroPoint - residualZero * residualScale
  }
}
