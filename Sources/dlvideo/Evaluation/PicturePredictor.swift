import Media
import Panoptic

/// Parses single pictures with a model, for `eval`.
final class PicturePredictor {
  private let options: NetworkOptions
  private let categories: [ClassInfo]
  private var ready: Ready?

  /// What is made for one network size and kept while pictures have that aspect.
  private struct Ready {
    var aspect: Double
    var parser: Parser
    var buffers: ParsingBuffers
    var scaler: PictureScaler
    /// The data set's category of each class of the model.
    var categoryIDs: [Int]
  }

  init(_ options: NetworkOptions, categories: [ClassInfo]) {
    self.options = options
    self.categories = categories
  }

  /// What was chosen for the latest picture.
  var summary: String? { ready?.parser.summary }

  /// What the model sees in a picture, as ids of `width` x `height` pixels.
  func predict(_ path: String, width: Int, height: Int) throws -> LabelMap {
    let reader = try MediaReader(path)
    let picture = VideoFrame()
    guard try reader.read(into: picture) else {
      throw Failure(.badInput, "cannot read \(path): there is no picture in it")
    }
    let ready = try prepare(aspect: Double(width) / Double(height))
    let (parser, buffers) = (ready.parser, ready.buffers)
    try ready.scaler.scaleRGB(picture, orientation: reader.video.orientation, into: buffers.rgb)
    parser.encode(buffers)
    parser.decode(buffers)
    parser.runHeads(buffers)
    parser.group(buffers)
    parser.fuse(buffers)
    return labels(buffers.map, ready.categoryIDs, width: width, height: height)
  }

  private func prepare(aspect: Double) throws -> Ready {
    if let ready, ready.aspect == aspect { return ready }
    let parser = try Parser(options, aspect: aspect)
    let made = Ready(
      aspect: aspect, parser: parser, buffers: ParsingBuffers(parser),
      scaler: PictureScaler(width: parser.size.width, height: parser.size.height),
      categoryIDs: try categoryIDs(parser))
    ready = made
    return made
  }

  /// Classes are matched by name where the data set has all of the model's names, else by id.
  private func categoryIDs(_ parser: Parser) throws -> [Int] {
    let byName = Dictionary(
      categories.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
    let named = parser.classes.compactMap { byName[$0.name] }
    if named.count == parser.classes.count { return named }
    let known = Set(categories.map(\.id))
    for info in parser.classes where !known.contains(info.id) {
      throw Failure(
        .badInput,
        "the data set has no category \(info.id) for the model's class \(info.name); "
          + "evaluate with the categories that the model was trained on")
    }
    return parser.classes.map(\.id)
  }

  private func labels(
    _ map: PanopticMap, _ categoryIDs: [Int], width: Int, height: Int
  ) -> LabelMap {
    let grid = PictureGrid(
      pictureWidth: width, pictureHeight: height, mapWidth: map.width, mapHeight: map.height)
    var ids = [UInt32](repeating: 0, count: width * height)
    for y in 0..<height {
      let line = map.indices + grid.rows[y] * map.width
      for x in 0..<width { ids[y * width + x] = UInt32(line[grid.columns[x]]) + 1 }
    }
    var extents: [PictureGrid.Extent] = []
    grid.measure(map, into: &extents)
    let segments = zip(map.segments, extents).enumerated().compactMap { index, item in
      item.1.area == 0
        ? nil
        : AnnotatedSegment(id: UInt32(index) + 1, category: categoryIDs[item.0.classIndex])
    }
    return LabelMap(width: width, height: height, ids: ids, segments: segments)
  }
}
