import ArgumentParser
import Panoptic

/// The scores of a model, or of ready predictions, on a data set in COCO's panoptic format.
struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Score a model, or ready predictions, on a COCO-panoptic data set.",
    usage: """
      dlvideo eval --gt <json> --gt-dir <dir> --images <dir> [<options>]
      dlvideo eval --gt <json> --gt-dir <dir> --pred <json> --pred-dir <dir>
      """,
    discussion: """
      Prints PQ, SQ, RQ (all, things, stuff and by class), parsing covering (PC) and mean IoU, in
      percent. Without --pred the model parses the pictures of --images.

        dlvideo eval --gt val.json --gt-dir val --images pictures --json scores.json
        dlvideo street.mp4 -o parsed.mp4 --panoptic masks
        dlvideo eval --gt truth.json --gt-dir truth \\
                     --pred masks/panoptic.json --pred-dir masks
      """)

  @Option(help: ArgumentHelp("Ground truth: COCO panoptic JSON.", valueName: "json"))
  var gt: String

  @Option(help: ArgumentHelp("Folder of the ground truth's PNGs.", valueName: "dir"))
  var gtDir: String

  @Option(help: ArgumentHelp("Folder of the pictures that the model parses.", valueName: "dir"))
  var images: String?

  @Option(help: ArgumentHelp("Predictions: COCO panoptic JSON.", valueName: "json"))
  var pred: String?

  @Option(help: ArgumentHelp("Folder of the predictions' PNGs.", valueName: "dir"))
  var predDir: String?

  @Option(help: ArgumentHelp("Write the scores as JSON, fractions of 1.", valueName: "file"))
  var json: String?

  @OptionGroup(title: "Network")
  var network: NetworkOptions

  @OptionGroup(title: "Messages")
  var messages: ConsoleOptions

  func validate() throws {
    if (pred == nil) != (predDir == nil) {
      throw ValidationError("--pred and --pred-dir belong together; give both")
    }
    if (pred == nil) == (images == nil) {
      throw ValidationError(
        "give either --images with the pictures to parse, or --pred and --pred-dir with "
          + "predictions")
    }
  }

  func run() throws {
    var files = FileClaims(
      input: gt, alsoReads: [pred].compactMap { $0 }, model: network.model, overwrites: true)
    try files.write(json)
    let console = messages.console
    let truth = try PanopticDataset(json: gt, folder: gtDir)
    let predict = try makePredictor(truth)
    // Created before the work, so that a wrong name costs no hour.
    let report = try json.map { try OutputFile($0, overwrites: true) }
    let scores = try truth.scores(
      progress: { console.progress("picture \($0)/\(truth.images.count)") }, predict: predict)
    console.endProgress()
    let table = ScoreTable(scores: scores, imageCount: truth.images.count)
    show(table.lines)
    try report?.write(table.json.bytes)
    try report?.close()
  }

  /// How an image's prediction is had: from the files given, or from the model.
  private func makePredictor(
    _ truth: PanopticDataset
  ) throws -> (PanopticDataset.Image, LabelMap) throws -> LabelMap {
    if let pred, let predDir {
      let predictions = try PanopticDataset(json: pred, folder: predDir)
      let byID = Dictionary(
        predictions.images.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
      return { image, _ in
        guard let prediction = byID[image.id] else {
          throw Failure(.badInput, "\(pred) has no prediction for the image \(image.id)")
        }
        return try predictions.labels(of: prediction)
      }
    }
    let predictor = PicturePredictor(network, categories: truth.categories)
    return { image, labels in
      guard let name = image.pictureName else {
        throw Failure(
          .badInput,
          "\(gt) lists no picture for the image \(image.id): \"images\" needs its "
            + "file_name")
      }
      return try predictor.predict(
        images! + "/" + name, width: labels.width, height: labels.height)
    }
  }
}
