import ArgumentParser
import DeeperLab
import Foundation
import Glibc
import Inference
import Panoptic

/// Measures a model's feature maps, so that it can run in int8, and what bf16 and int8 cost.
struct ModelCalibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Calibrate a model for int8, and measure what bf16 and int8 cost.",
    usage: "dlvideo model calibrate <model> --images <pictures> ... [<options>]",
    discussion: """
      The model parses some pictures in fp32; the range of every feature map goes into the file,
      and how many cells get another class in bf16 and in int8. With ground truth their panoptic
      quality goes in too. By these --precision auto chooses.

        dlvideo model calibrate my.safetensors --images street.mp4 night.mp4
        dlvideo model calibrate my.safetensors --images val -o out.safetensors \\
                                --gt val.json --gt-dir masks
      """)

  @Argument(help: ArgumentHelp("Model file, or the name of one that is installed."))
  var model: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Videos, pictures, or folders of pictures.", valueName: "pictures"))
  var images: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The calibrated model (default: the model file itself, rewritten).", valueName: "out"))
  var output: String?

  @Flag(name: [.customShort("y"), .customLong("overwrite")], help: "Overwrite an existing output.")
  var overwrite = false

  @Option(help: ArgumentHelp("How many pictures to take, evenly spread.", valueName: "n"))
  var frames = 24

  @Option(
    help: ArgumentHelp(
      "Network input (default: the model's, fitted to the first picture).", valueName: "WxH"))
  var size: FrameSize?

  @Option(
    help: ArgumentHelp("Ground truth of the one folder of --images.", valueName: "json"))
  var gt: String?

  @Option(help: ArgumentHelp("Folder of the ground truth's PNGs.", valueName: "dir"))
  var gtDir: String?

  @Option(help: ArgumentHelp("Worker threads (default: the machine's cores).", valueName: "n"))
  var threads: Int?

  @OptionGroup(title: "Messages")
  var messages: ConsoleOptions

  func validate() throws {
    guard (1...10_000).contains(frames) else {
      throw ValidationError("--frames \(frames): give a number from 1 to 10000")
    }
    guard !images.isEmpty else {
      throw ValidationError("--images: name a video, or a folder of pictures")
    }
    guard (gt == nil) == (gtDir == nil) else {
      throw ValidationError("--gt and --gt-dir belong together; give both")
    }
    guard gt == nil || images.count == 1 else {
      throw ValidationError("--gt scores the pictures of one folder; give one to --images")
    }
    try NetworkOptions.check(size: size, threads: threads)
  }

  func run() throws {
    let console = messages.console
    let path = try ModelCatalog.locate(model)
    let file = try ModelFile(path: path)
    let target = output ?? path
    if output != nil {
      try OutputFile.refuseExisting(target, overwrites: overwrite, mayBeEmpty: true)
    }
    let truth = try gt.map { try PanopticDataset(json: $0, folder: gtDir!) }
    let pictures = try CalibrationPictures(images, count: frames, model: file, size: size) {
      console.progress("picture \($0)")
    }
    console.endProgress()
    var calibration = try measure(file, pictures)
    try write(file, calibration, to: target)
    if let truth {
      calibration.pq = try scores(truth, model: target, console)
      try write(file, calibration, to: target)
    }
    let calibrated = try ModelFile(path: target)
    for line in ModelShow.calibrationLines(calibrated) { console.note(line) }
    let chosen = try NetworkOptions.Arithmetic.auto.choose(for: calibrated)
    console.note("\(target): --precision auto takes \(chosen.rawValue) on this CPU")
  }

  private func measure(_ file: ModelFile, _ pictures: CalibrationPictures) throws -> Calibration {
    let (width, height) = (pictures.size.width, pictures.size.height)
    let pool = try ThreadPool.whole(threads: threads ?? Machine.cores)
    let ranges = try Calibrator.ranges(
      file.tensors, file.description, pictures: pictures.pictures, width: width, height: height,
      pool: pool)
    var calibration = Calibration(
      ranges: ranges, corrections: [:], frames: pictures.pictures.count, agreement: [:])
    func network(_ precision: Precision) throws -> DeeperLabNetwork {
      try DeeperLabNetwork(
        file, width: width, height: height, kernels: Kernels(precision, calibration), pool: pool)
    }
    let reference = try network(.fp32)
    calibration.corrections = Calibrator.corrections(
      of: try network(.int8), to: reference, pictures: pictures.pictures)
    for precision in [Precision.bf16, .int8] {
      calibration.agreement[precision.rawValue] = Calibrator.agreement(
        of: try network(precision), with: reference, pictures: pictures.pictures)
    }
    return calibration
  }

  private func write(_ file: ModelFile, _ calibration: Calibration, to path: String) throws {
    do {
      try file.bytes(with: calibration).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.cannotCreateOutput, "cannot write \(path): \(lastError)")
    }
  }

  /// PQ by precision on the whole of the data set.
  private func scores(
    _ truth: PanopticDataset, model: String, _ console: Console
  ) throws -> [String: Double] {
    var scores: [String: Double] = [:]
    for precision in [NetworkOptions.Arithmetic.fp32, .bf16, .int8] {
      var network = NetworkOptions()
      (network.model, network.size, network.precision, network.threads) =
        (model, size, precision, threads)
      let predictor = PicturePredictor(network, categories: truth.categories)
      let result = try truth.scores(
        pictures: images[0], predictor: predictor,
        progress: { console.progress("\(precision.rawValue), picture \($0)") })
      scores[precision.rawValue] = result.all.pq
    }
    console.endProgress()
    return scores
  }
}
