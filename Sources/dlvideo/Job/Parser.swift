import DeeperLab
import Inference
import Panoptic

/// A model made ready to parse pictures of one size: the network, its decoding, its arithmetic.
final class Parser: Sendable {
  let model: ModelFile
  let size: FrameSize
  let precision: Precision
  let threadCount: Int
  let kernels: Kernels
  let pool: ThreadPool
  let network: DeeperLabNetwork
  let decoder: PanopticDecoder

  /// - Parameter aspect: the pictures' upright display aspect, from which the size follows where
  ///   `--size` does not say; nil takes the model's own.
  /// - Throws: `ModelError`, `InferenceError` or `PanopticError` for a model that cannot be used.
  init(_ options: NetworkOptions, aspect: Double?) throws {
    let model = try ModelFile(path: ModelCatalog.locate(options.model))
    let own = FrameSize(width: model.description.inputWidth, height: model.description.inputHeight)
    let size = options.size ?? aspect.map { FrameSize.network(model: own, aspect: $0) } ?? own
    precision = try options.precision.choose(for: model)
    threadCount = options.threads ?? Machine.cores
    kernels = Kernels(precision, model.description.calibration)
    pool = try ThreadPool.whole(threads: threadCount)
    network = try DeeperLabNetwork(
      model, width: size.width, height: size.height, kernels: kernels, pool: pool)
    decoder = PanopticDecoder(
      classes: model.description.classes, headHeight: size.height / 4, headWidth: size.width / 4,
      parameters: try GroupingParameters(
        keypointRadius: model.description.keypointRadius, values: model.description.grouping),
      decoding: try Decoding(name: model.description.decoding))
    self.model = model
    self.size = size
  }

  var classes: [ClassInfo] { model.description.classes }

  /// The element type and instruction set of the network's kernels, for -v.
  var kernelName: String { kernels.name }

  /// What was chosen, for -v and the summary.
  var summary: String { "\(size) \(precision.rawValue), \(threadCount) threads" }
}

extension NetworkOptions.Arithmetic {
  /// The precision that this stands for: for `auto` the fastest that the CPU has kernels for and
  /// that costs the model little enough (`Calibration.allows`).
  func choose(for model: ModelFile) throws -> Precision {
    let calibration = model.description.calibration
    guard self != .auto else {
      if Kernels.isAccelerated(.int8), calibration?.allows(.int8) == true { return .int8 }
      if Kernels.isAccelerated(.bf16), calibration?.allows(.bf16) != false { return .bf16 }
      return .fp32
    }
    let precision = Precision(rawValue: rawValue)!
    guard precision != .int8 || calibration != nil else {
      throw ModelError.notCalibrated(file: model.path)
    }
    return precision
  }
}
