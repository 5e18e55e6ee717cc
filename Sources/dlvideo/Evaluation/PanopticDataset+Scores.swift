import Panoptic

extension PanopticDataset {
  /// The scores of what a model sees in the data set's pictures.
  ///
  /// - Parameter pictures: their folder.
  func scores(
    pictures: String, predictor: PicturePredictor, progress: (Int) -> Void
  ) throws -> PanopticScores {
    try scores(progress: progress) { image, labels in
      guard let name = image.pictureName else {
        throw Failure(
          .badInput,
          "\(path) lists no picture for the image \(image.id): \"images\" needs its file_name")
      }
      return try predictor.predict(
        pictures + "/" + name, width: labels.width, height: labels.height)
    }
  }

  /// The scores of what `predict` says of each image.
  func scores(
    progress: (Int) -> Void, predict: (Image, LabelMap) throws -> LabelMap
  ) throws -> PanopticScores {
    guard !images.isEmpty else {
      throw Failure(.badInput, "\(path) has no annotations to score against")
    }
    guard !categories.isEmpty else {
      throw Failure(
        .badInput, "\(path) has no categories: their ids and which are things are needed")
    }
    var evaluator = PanopticEvaluator(classes: categories)
    for (index, image) in images.enumerated() {
      let labels = try labels(of: image)
      let prediction = try predict(image, labels)
      do {
        try evaluator.add(truth: labels, prediction: prediction)
      } catch {
        throw Failure(.badInput, "\(image.maskName): \(error)")
      }
      progress(index + 1)
    }
    return evaluator.scores()
  }
}
