import CKernels
import DeeperLab
import Inference
import Testing

/// The whole network in int8.
@Suite struct Int8NetworkTests {
  /// Hashed weights with some of the values multiplied.
  private struct ScaledWeights: WeightSource {
    var weights: HashedWeights
    var factor: Float
    var isScaled: @Sendable (String) -> Bool
    var file: String { weights.file }

    func values(_ name: String, shape: [Int]) throws -> [Float] {
      let values = try weights.values(name, shape: shape)
      return isScaled(name) ? values.map { $0 * factor } : values
    }
  }

  /// Hashed weights that are computed once for several networks.
  private final class KeptWeights: WeightSource {
    private let weights: HashedWeights
    private var kept: [String: [Float]] = [:]
    var file: String { weights.file }

    init(_ weights: HashedWeights) { self.weights = weights }

    func values(_ name: String, shape: [Int]) throws -> [Float] {
      if let values = kept[name] { return values }
      let values = try weights.values(name, shape: shape)
      kept[name] = values
      return values
    }
  }

  private static let golden = GoldenCase.all[0]

  private func ranges(_ weights: some WeightSource, _ picture: [UInt8], width: Int, height: Int)
    throws -> ActivationRanges
  {
    try Calibrator.ranges(
      weights, Self.golden.description, pictures: [picture], width: width, height: height,
      pool: ThreadPool(threads: 1))
  }

  /// Sums are whole numbers, so neither the instructions nor the threads change anything.
  @Test func instructionsAndThreadsChangeNothing() throws {
    let weights = KeptWeights(HashedWeights(model: Self.golden.model))
    for (width, height) in [(16, 16), (64, 48), (112, 80)] {
      let picture = HashedPicture.rgb("int8", width: width, height: height)
      let ranges = try ranges(weights, picture, width: width, height: height)
      var expected: [[Float]]?
      for isa in Kernels.levels where ck_nn_i8(isa).pointee.isa == isa {
        for threads in [1, 3] {
          let kernels = Kernels(.int8, isa: isa, ranges: ranges)
          let network = try DeeperLabNetwork(
            weights, Self.golden.description, width: width, height: height, kernels: kernels,
            pool: ThreadPool(threads: threads))
          let found = values(run(network, picture))
          #expect(found == expected ?? found, "\(width)x\(height), \(kernels.name), \(threads)")
          expected = found
        }
      }
      #expect(expected?.allSatisfy { Set($0).count > 8 } == true)
    }
  }

  /// Of all heads.
  private func values(_ frame: NetworkActivations) -> [[Float]] {
    HeadKind.allCases.map { kind in
      let map = frame.map(kind)
      return (0..<map.height * map.width).flatMap { index in
        UnsafeBufferPointer(
          start: map.cell(index / map.width, index % map.width), count: map.channels)
      }
    }
  }

  @Test func aConstantMapIsCalibrated() throws {
    let weights = ScaledWeights(weights: HashedWeights(model: Self.golden.model), factor: 0) {
      $0.hasPrefix("encoder.stem.") && !$0.hasSuffix("running_var")
    }
    let picture = HashedPicture.rgb("int8", width: 16, height: 16)
    let ranges = try ranges(weights, picture, width: 16, height: 16)
    #expect(ranges["encoder.stem"] == ActivationRange(lo: 0, hi: 0))
    let network = try DeeperLabNetwork(
      weights, Self.golden.description, width: 16, height: 16,
      kernels: Kernels(.int8, ranges: ranges), pool: ThreadPool(threads: 1))
    let semantic = run(network, picture).map(.semantic)
    #expect(semantic.cell(0, 0)[0].isFinite)
  }

  @Test func anInfiniteMapIsRefused() throws {
    let weights = ScaledWeights(weights: HashedWeights(model: Self.golden.model), factor: 1e38) {
      $0 == "encoder.blocks.1.project.conv.weight"
    }
    let picture = HashedPicture.rgb("int8", width: 16, height: 16)
    let error = #expect(throws: ModelError.self) {
      try ranges(weights, picture, width: 16, height: 16)
    }
    #expect(error?.description.contains("encoder.blocks.1.project has values that are not") == true)
  }
}
