// Times the network alone.
//
//     NetworkBenchmark MODEL|paper|lite WxH fp32|bf16|int8 THREADS
//
// Reads lines from standard input, each a number of forward passes; for each line runs them and
// prints the milliseconds of every pass, or of encoder, decoder and heads after "parts N", or of
// pairs of passes without and with layers measured after "clock N", or each layer's median and its
// GFLOP/s after "layers N". So that another program can
// run engines in turn, on the same machine at the same time. For int8 a model without calibration
// is calibrated on the picture that is timed.
import DeeperLab
import Glibc
import Inference
import Panoptic

func milliseconds(_ body: () -> Void) -> Double {
  let duration = ContinuousClock().measure(body)
  return Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) * 1e-15
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let precision = Precision(rawValue: arguments[3]),
  let threads = Int(arguments[4]), threads > 0
else {
  print("usage: NetworkBenchmark MODEL|paper|lite WxH fp32|bf16|int8 THREADS")
  throw ExitStatus.usage
}
let sides = arguments[2].split(separator: "x").compactMap { Int($0) }
guard sides.count == 2 else { throw ExitStatus.usage }

let pool = ThreadPool(threads: threads)
let picture = (0..<3 * sides[0] * sides[1]).map {
  UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7)
}

func makeNetwork(_ source: some WeightSource, _ model: ModelDescription) throws -> DeeperLabNetwork
{
  let ranges =
    precision == .int8
    ? try model.calibration?.ranges
      ?? Calibrator.ranges(
        source, model, pictures: [picture], width: sides[0], height: sides[1], pool: pool)
    : [:]
  return try DeeperLabNetwork(
    source, model, width: sides[0], height: sides[1],
    kernels: Kernels(precision, ranges: ranges), pool: pool)
}

let network: DeeperLabNetwork
switch arguments[1] {
case "paper", "lite":
  let isPaper = arguments[1] == "paper"
  let description = ModelDescription(
    aspp: isPaper ? 256 : 128, decoder: isPaper ? 4096 : 1024, semanticHead: isPaper ? 256 : 128,
    instanceHead: isPaper ? 64 : 32, lowLevel: 32, rates: [6, 12, 18],
    classes: (0..<(isPaper ? 19 : 11)).map { ClassInfo(id: $0, name: "\($0)", isThing: false) })
  network = try makeNetwork(RandomWeights(), description)
default:
  let file = try ModelFile(path: arguments[1])
  network = try makeNetwork(file.tensors, file.description)
}
let frame = network.makeActivations()

/// CPU time of the process in milliseconds.
func cpuMilliseconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

/// Four passes without layers measured and four with, in turns first: means of both on the wall,
/// then of both in CPU time.
func pair(_ index: Int) -> String {
  let passes = 4
  var wall = [0.0, 0.0]
  var cpu = [0.0, 0.0]
  for turn in [index % 2, 1 - index % 2] {
    network.measuresLayers = turn == 1
    let begin = cpuMilliseconds()
    wall[turn] = milliseconds {
      for _ in 0..<passes {
        network.encode(picture, frame)
        network.decode(frame)
        network.runHeads(frame)
      }
    }
    cpu[turn] = cpuMilliseconds() - begin
  }
  network.measuresLayers = false
  return (wall + cpu).map { "\($0 / Double(passes))" }.joined(separator: " ")
}

/// A line for each layer: its median over `count` passes, and what that is in operations.
func layers(_ count: Int) -> String {
  network.measuresLayers = true
  defer { network.measuresLayers = false }
  var times = network.layers.costs.map { _ in [Double]() }
  for _ in 0..<count {
    network.encode(picture, frame)
    network.decode(frame)
    network.runHeads(frame)
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

while let line = readLine() {
  let words = line.split(separator: " ")
  let byPart = words.first == "parts"
  guard let count = words.last.flatMap({ Int($0) }) else { throw ExitStatus.usage }
  if words.first == "clock" {
    print((0..<count).map(pair).joined(separator: "\n"))
    fflush(nil)
    continue
  }
  if words.first == "layers" {
    print(layers(max(1, count)))
    fflush(nil)
    continue
  }
  var results: [String] = []
  for _ in 0..<count {
    let encoder = milliseconds { network.encode(picture, frame) }
    let decoder = milliseconds { network.decode(frame) }
    let heads = milliseconds { network.runHeads(frame) }
    results.append(byPart ? "\(encoder) \(decoder) \(heads)" : "\(encoder + decoder + heads)")
  }
  print(results.joined(separator: byPart ? "\n" : " "))
  fflush(nil)
}
