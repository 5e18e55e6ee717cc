import Inference
import Testing

/// What a recorder makes of maps: here a pointwise convolution with a single input.
@Suite struct RangeRecorderTests {
  /// The range of the map x * weight + bias over `inputs`, a weight and a bias for each channel.
  private func range(_ weights: [Float], bias: [Float], inputs: [Float]) -> ActivationRange? {
    let recorder = RangeRecorder()
    let matrix = PackedMatrix(
      weights, bias: bias, inputs: 1, activation: .none,
      maps: LayerMaps(input: "in", output: "out"),
      kernels: Kernels(.fp32, backend: .own, recorder: recorder))
    var out = [Float](repeating: 0, count: inputs.count * bias.count)
    for pass in 0..<2 {
      if pass == 1 { recorder.beginCounting() }
      matrix.multiply(inputs, stride: 1, into: &out, stride: bias.count, count: inputs.count)
    }
    return recorder.ranges["out"]
  }

  @Test func theRangeHoldsTheValues() throws {
    let found = try #require(range([1, -0.5], bias: [0, 0], inputs: [0, 1, 2, 3, 4]))
    #expect((-2...(-1.9)).contains(found.lo) && (3.8...4).contains(found.hi))
  }

  /// Of one value, or of two that are nearly the same.
  @Test(arguments: [0, 2.5, -3, 1e-40] as [Float])
  func aConstantMapHasARange(value: Float) throws {
    for bias in [[value], [value, value.nextUp]] {
      let weights = [Float](repeating: 0, count: bias.count)
      let found = try #require(range(weights, bias: bias, inputs: [1, 2, 3]))
      #expect(found.lo <= min(value, 0) && found.hi >= max(value, 0))
      #expect(Quantization(found).scale > 0)
    }
  }

  @Test(
    arguments: [
      [.infinity], [-.infinity], [.infinity, 0], [0, -.infinity], [.infinity, -.infinity],
      [-.greatestFiniteMagnitude, .greatestFiniteMagnitude],
    ] as [[Float]])
  func anInfiniteMapHasNone(bias: [Float]) {
    let weights = [Float](repeating: 0, count: bias.count)
    #expect(range(weights, bias: bias, inputs: [1, 2, 3]) == nil)
  }
}
