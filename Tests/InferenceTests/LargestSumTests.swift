import CKernels
import Inference
import Testing

/// The most inputs that an output may have, with the weights and values that add up to most.
@Suite struct LargestSumTests {
  /// With every byte 255 (zero, by this range) the sum of products is 127 * 255 * 65536, just
  /// within 32 bits, and so is what is taken from it; with every byte 0 only the latter is.
  @Test func int8HoldsThem() {
    let inputs = Kernels.mostInputs
    for isa in Kernels.levels {
      let kernels = Kernels(.int8, isa: isa, ranges: ["in": ActivationRange(lo: -1, hi: 0)!])
      for weight: Float in [1, -1] {
        let matrix = PackedMatrix(
          [Float](repeating: weight, count: inputs), bias: [0.5], inputs: inputs, activation: .none,
          maps: LayerMaps(input: "in", output: nil), kernels: kernels)
        for (byte, sum) in [(UInt8(255), Float(0)), (0, -Float(inputs))] {
          let pixel = FeatureBuffer(
            height: 1, width: 1, channels: inputs, elementSize: 1, zero: byte)
          var output = [Float](repeating: .nan, count: Int(CK_PANEL))
          matrix.multiply(
            pixel.view.base, stride: inputs, into: &output, stride: output.count, count: 1,
            floatOut: true)
          let expected = weight * sum + 0.5
          #expect(
            abs(output[0] - expected) <= 1e-5 * Float(inputs),
            "\(String(cString: ck_isa_name(isa))) \(weight) \(byte): \(output[0])")
        }
      }
    }
  }
}
