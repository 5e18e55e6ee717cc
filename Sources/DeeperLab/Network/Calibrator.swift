import Inference

/// Finds what a model needs for int8, and what the cheaper precisions change, on a few pictures.
public enum Calibrator {
  /// The ranges of the feature maps over `pictures` (RGB24, width x height each) in float32.
  ///
  /// - Throws: as `DeeperLabNetwork` does; `ModelError.calibration` when a map has values that are
  ///   no numbers.
  public static func ranges(
    _ source: some WeightSource, _ model: ModelDescription, pictures: [[UInt8]], width: Int,
    height: Int, pool: ThreadPool
  ) throws -> ActivationRanges {
    let recorder = RangeRecorder()
    let network = try DeeperLabNetwork(
      source, model, width: width, height: height, kernels: Kernels(.fp32, recorder: recorder),
      pool: pool)
    let activations = network.makeActivations()
    for pass in 0..<2 {
      if pass == 1 { recorder.beginCounting() }
      for picture in pictures { network.run(picture, activations) }
    }
    let ranges = recorder.ranges
    for name in MapNames.all(model) where ranges[name] == nil {
      throw ModelError.calibration(
        file: source.file, reason: "the map \(name) has values that are not finite numbers")
    }
    return ranges
  }

  /// How much `reference` is above `network` in the mean over `pictures`, for each output channel,
  /// by the name of the head's last convolution. Rounding weights shifts outputs, and shifted
  /// logits decide wherever two classes are nearly as likely.
  public static func corrections(
    of network: DeeperLabNetwork, to reference: DeeperLabNetwork, pictures: [[UInt8]]
  ) -> [String: [Float]] {
    let (ours, theirs) = (network.makeActivations(), reference.makeActivations())
    var sums: [String: [Double]] = [:]
    var cells = 0
    for picture in pictures {
      network.run(picture, ours)
      reference.run(picture, theirs)
      for kind in HeadKind.allCases {
        let (a, b) = (ours.map(kind), theirs.map(kind))
        var sum = sums[kind.logitsName] ?? [Double](repeating: 0, count: a.channels)
        for i in 0..<a.height {
          for j in 0..<a.width {
            let (x, y) = (a.cell(i, j), b.cell(i, j))
            for channel in 0..<a.channels { sum[channel] += Double(y[channel] - x[channel]) }
          }
        }
        sums[kind.logitsName] = sum
      }
      cells += ours.map(.semantic).height * ours.map(.semantic).width
    }
    return sums.mapValues { $0.map { Float($0 / Double(cells)) } }
  }

  /// The share of cells (stride 4) to which two networks give the same class, over `pictures`.
  public static func agreement(
    of network: DeeperLabNetwork, with reference: DeeperLabNetwork, pictures: [[UInt8]]
  ) -> Double {
    let (ours, theirs) = (network.makeActivations(), reference.makeActivations())
    var (same, all) = (0, 0)
    for picture in pictures {
      network.run(picture, ours)
      reference.run(picture, theirs)
      let (a, b) = (ours.map(.semantic), theirs.map(.semantic))
      for i in 0..<a.height {
        for j in 0..<a.width {
          same += best(a.cell(i, j), a.channels) == best(b.cell(i, j), b.channels) ? 1 : 0
          all += 1
        }
      }
    }
    return all == 0 ? 0 : Double(same) / Double(all)
  }

  private static func best(_ cell: UnsafePointer<Float>, _ channels: Int) -> Int {
    var best = 0
    for channel in 1..<max(channels, 1) where cell[channel] > cell[best] { best = channel }
    return best
  }
}

extension DeeperLabNetwork {
  /// All three parts, one after the other.
  public func run(_ rgb: [UInt8], _ frame: NetworkActivations) {
    precondition(rgb.count == 3 * width * height)
    rgb.withUnsafeBufferPointer { encode($0.baseAddress!, frame) }
    decode(frame)
    runHeads(frame)
  }
}
