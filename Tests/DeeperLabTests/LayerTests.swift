import DeeperLab
import Foundation
import Inference
import Panoptic
import Synchronization
import Testing

/// Counts the reference network's operations from the tensors that a network asks for: each weight
/// of a convolution is used once at every place of its output.
private final class CountingWeights: WeightSource {
  let pixels: Int
  let operations = Atomic<Int>(0)
  var file: String { "counted" }

  init(width: Int, height: Int) { pixels = width * height }

  func values(_ name: String, shape: [Int]) throws -> [Float] {
    if shape.count == 4 {
      let places = pixels / (Self.stride(name) * Self.stride(name))
      operations.add(2 * shape.reduce(1, *) * places, ordering: .relaxed)
    }
    return [Float](repeating: name.hasSuffix("running_var") ? 1 : 0, count: shape.reduce(1, *))
  }

  /// Output stride of the convolution that a tensor belongs to (MODEL.md; MobileNetV2, table 2: of
  /// its blocks 1, 3 and 6 have stride 2, and theirs is the expansion before it).
  private static func stride(_ name: String) -> Int {
    let words = name.split(separator: ".")
    if name.hasPrefix("encoder.stem") { return 2 }
    if words[0] == "encoder", let block = Int(words[2]) {
      let isAfter = words[3] != "expand"
      let steps = [1, 3, 6].filter { isAfter ? $0 <= block : $0 < block }
      return 2 << steps.count
    }
    return words[0] == "heads" || words[1] == "low_level" ? 4 : 16
  }
}

@Suite struct LayerTests {
  static func model(
    aspp: Int, decoder: Int, heads: (semantic: Int, instance: Int)
  ) -> ModelDescription {
    ModelDescription(
      aspp: aspp, decoder: decoder, semanticHead: heads.semantic, instanceHead: heads.instance,
      lowLevel: 32, rates: [6, 12, 18],
      classes: (0..<19).map { ClassInfo(id: $0, name: "\($0)", isThing: false) })
  }

  /// The count weight by weight, and PyTorch's figures for the reference network: the paper's
  /// widths, those with a decoder of 1024 channels, and the lite preset.
  @Test(arguments: [
    (LayerTests.model(aspp: 256, decoder: 4096, heads: (256, 64)), 512, 512, 54.703),
    (LayerTests.model(aspp: 256, decoder: 1024, heads: (256, 64)), 512, 512, 12.588),
    (LayerTests.model(aspp: 128, decoder: 1024, heads: (128, 32)), 512, 256, 5.629),
  ])
  func operationsAddUpToTheReference(
    model: ModelDescription, width: Int, height: Int, billions: Double
  ) throws {
    let weights = CountingWeights(width: width, height: height)
    let network = try DeeperLabNetwork(
      weights, model, width: width, height: height, kernels: Kernels(.fp32),
      pool: ThreadPool(threads: 1))
    let reference = weights.operations.load(ordering: .relaxed)
    // What ours computes once where the count has it at each place: the pooled branch, before and
    // in the projection.
    let places = width * height / 256
    let pooled = 2 * (320 * model.aspp + model.aspp * 256) * (places - 1)
    let counted = network.layers.costs.reduce(0) { $0 + $1.operations }
    #expect(counted == reference - pooled)
    // The reference computes the branch before the projection once as well.
    let inTorch = reference - 2 * 320 * model.aspp * (places - 1)
    #expect(abs(Double(inTorch) / 1e9 - billions) < 0.0006, "\(Double(inTorch) / 1e9)")
  }

  @Test func layersAreNamedAndDivided() throws {
    let network = try Self.network(threads: 1)
    let layers = network.layers
    #expect(layers.costs.count == 18 + 11 + 5)
    #expect(Set(layers.costs.map(\.name)).count == layers.costs.count)
    #expect(NetworkPart.allCases.flatMap { Array(layers.range($0)) } == Array(0..<34))
    for (index, cost) in layers.costs.enumerated() {
      let folder = cost.name.split(separator: ".")[0]
      #expect(layers.part(ofLayer: index).rawValue == (folder == "aspp" ? "decoder" : folder))
      #expect(cost.operations > 0 && cost.weightBytes > 0 && cost.mapBytes > 0)
    }
    // 5x5x3 weights at 48x32 places of 96x64; RGB bytes in, floats out.
    let stem = layers.costs[0]
    #expect(stem.operations == 2 * 75 * 32 * 48 * 32)
    #expect(stem.weightBytes == 75 * 32 * 4)
    #expect(stem.mapBytes == 96 * 64 * 3 + 48 * 32 * 32 * 4)
  }

  private static func network(threads: Int) throws -> DeeperLabNetwork {
    try DeeperLabNetwork(
      HashedWeights(model: "tiny"),
      ModelDescription(
        aspp: 16, decoder: 64, semanticHead: 16, instanceHead: 8, lowLevel: 4, rates: [1, 2, 3],
        classes: (0..<3).map { ClassInfo(id: $0, name: "\($0)", isThing: false) }),
      width: 96, height: 64, kernels: Kernels(.fp32), pool: ThreadPool(threads: threads))
  }

  /// One pass through the network; returns when each part began and ended.
  private func pass(_ network: DeeperLabNetwork, _ frame: NetworkActivations) -> [UInt64] {
    let picture = HashedPicture.rgb("layers", width: 96, height: 64)
    var moments = [now()]
    network.encode(picture, frame)
    moments.append(now())
    network.decode(frame)
    moments.append(now())
    network.runHeads(frame)
    moments.append(now())
    return moments
  }

  private func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  @Test(arguments: [1, 2, 3])
  func timesLieOneBehindTheOtherWithinTheirPart(threads: Int) throws {
    let network = try Self.network(threads: threads)
    let frame = network.makeActivations()
    _ = pass(network, frame)
    #expect((0..<34).allSatisfy { frame.layerTimes[$0] == .init() })
    network.measuresLayers = true
    // Core time is measured for the first of four.
    for isFirst in [true, false, false, false, true] {
      let moments = pass(network, frame)
      for part in NetworkPart.allCases {
        let index = NetworkPart.allCases.firstIndex(of: part)!
        var last = moments[index]
        for layer in network.layers.range(part) {
          let span = frame.layerTimes[layer]
          #expect(last <= span.begin + 1 && span.begin <= span.end, "\(layer)")
          #expect((span.core > 0) == isFirst, "\(layer)")
          // No more work than the threads could do in that time (a CPU clock ticks on its own).
          #expect(
            span.core <= UInt64(threads) * (span.end - span.begin) * 3 / 2 + 50_000, "\(layer)")
          last = span.end
        }
        #expect(last <= moments[index + 1])
      }
    }
  }

  @Test func measuringChangesNoBit() throws {
    let network = try Self.network(threads: 2)
    let (plain, measured) = (network.makeActivations(), network.makeActivations())
    _ = pass(network, plain)
    network.measuresLayers = true
    _ = pass(network, measured)
    network.measuresLayers = false
    let again = network.makeActivations()
    _ = pass(network, again)
    #expect(again.layerTimes[0] == .init())
    for kind in HeadKind.allCases {
      let (a, b) = (plain.map(kind), measured.map(kind))
      for y in 0..<a.height {
        let count = a.width * a.pixelStride
        let rows = (a.base + y * a.rowStride, b.base + y * b.rowStride)
        #expect(memcmp(rows.0, rows.1, count * 4) == 0)
      }
    }
  }
}
