import DeeperLab
import Glibc
import Inference
import Panoptic

/// A network with a picture, and what is measured of its passes.
package struct TimedNetwork {
  private let network: DeeperLabNetwork
  private let frame: NetworkActivations
  private let picture: [UInt8]

  /// For int8 a model without calibration is calibrated on the picture that is timed.
  package init(_ request: BenchmarkRequest) throws {
    switch request.model {
    case "paper", "lite":
      try self.init(request, RandomWeights(), Self.description(isPaper: request.model == "paper"))
    default:
      let file = try ModelFile(path: request.model)
      try self.init(request, file.tensors, file.description)
    }
  }

  private init(
    _ request: BenchmarkRequest, _ source: some WeightSource, _ model: ModelDescription
  ) throws {
    let (width, height) = (request.width, request.height)
    let pool = try ThreadPool.whole(threads: request.threads)
    let picture = (0..<3 * width * height).map {
      UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7)
    }
    let ranges =
      request.precision == .int8
      ? try model.calibration?.ranges
        ?? Calibrator.ranges(
          source, model, pictures: [picture], width: width, height: height, pool: pool)
      : [:]
    network = try DeeperLabNetwork(
      source, model, width: width, height: height,
      kernels: Kernels(request.precision, ranges: ranges), pool: pool)
    frame = network.makeActivations()
    self.picture = picture
  }

  private static func description(isPaper: Bool) -> ModelDescription {
    ModelDescription(
      aspp: isPaper ? 256 : 128, decoder: isPaper ? 4096 : 1024, semanticHead: isPaper ? 256 : 128,
      instanceHead: isPaper ? 64 : 32, lowLevel: 32, rates: [6, 12, 18],
      classes: (0..<(isPaper ? 19 : 11)).map { ClassInfo(id: $0, name: "\($0)", isThing: false) })
  }

  /// The lines that tell it.
  package func run(_ measurement: Measurement) -> String {
    let passes = 0..<measurement.count
    switch measurement.kind {
    case .passes: return passes.map { _ in "\(pass().reduce(0, +))" }.joined(separator: " ")
    case .parts: return passes.map { _ in Self.row(pass()) }.joined(separator: "\n")
    case .clock: return passes.map { Self.row(pair($0)) }.joined(separator: "\n")
    case .layers: return layers(measurement.count)
    }
  }

  private static func row(_ times: [Double]) -> String {
    times.map { "\($0)" }.joined(separator: " ")
  }

  /// Milliseconds of encoder, decoder and heads.
  private func pass() -> [Double] {
    [
      milliseconds { network.encode(picture, frame) }, milliseconds { network.decode(frame) },
      milliseconds { network.runHeads(frame) },
    ]
  }

  /// Four passes without layers measured and four with, in turns first: means of both on the wall,
  /// then of both in CPU time.
  private func pair(_ index: Int) -> [Double] {
    let passes = 4
    var wall = [0.0, 0.0]
    var cpu = [0.0, 0.0]
    for turn in [index % 2, 1 - index % 2] {
      network.measuresLayers = turn == 1
      let begin = cpuMilliseconds()
      wall[turn] = milliseconds { for _ in 0..<passes { _ = pass() } }
      cpu[turn] = cpuMilliseconds() - begin
    }
    network.measuresLayers = false
    return (wall + cpu).map { $0 / Double(passes) }
  }

  /// A line for each layer: its median over `count` passes, and what that is in operations.
  private func layers(_ count: Int) -> String {
    network.measuresLayers = true
    defer { network.measuresLayers = false }
    var times = network.layers.costs.map { _ in [Double]() }
    for _ in 0..<count {
      _ = pass()
      for layer in times.indices {
        let span = frame.layerTimes[layer]
        times[layer].append(Double(span.end - span.begin) / 1e6)
      }
    }
    return zip(network.layers.costs, times).map { cost, times in
      let median = times.sorted()[count / 2]
      return "\(cost.name) \(median) \(Double(cost.operations) / median / 1e6)"
    }.joined(separator: "\n")
  }
}

private func milliseconds(_ body: () -> Void) -> Double {
  let duration = ContinuousClock().measure(body)
  return Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) * 1e-15
}

/// CPU time of the process.
private func cpuMilliseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}
