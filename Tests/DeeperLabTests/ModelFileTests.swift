import DeeperLab
import Foundation
import Inference
import Panoptic
import Testing

/// Small model files, whole and damaged.
@Suite struct ModelFileTests {
  private static let description = #"""
    {"architecture": "deeperlab-wmnv2", "aspp": 8, "decoder": 64, "semantic_head": 16,
     "instance_head": 8, "low_level": 4, "rates": [6, 12, 18], "keypoint_radius": 8,
     "input": [64, 48], "classes": [{"id": 7, "name": "road", "isthing": 0, "color": [1, 2, 3]},
     {"id": 8, "name": "car", "isthing": 1}], "unknown": [1]}
    """#

  /// Writes a model file and opens it; `change` may damage its tensors.
  private func open(
    _ json: String? = description,
    _ change: (inout [SafeTensorsWriter.Tensor]) -> Void = { _ in }
  ) throws -> ModelFile {
    struct Named: Decodable {}
    let shapes = try JSONDecoder().decode(
      [String: [Int]].self,
      from: Data(contentsOf: Fixtures.folder.appending(path: "tiny.tensors.json")))
    var tensors = try shapes.sorted { $0.key < $1.key }.map { name, shape in
      var shape = shape
      // The fixture has 5 classes, this model 2.
      if name.hasPrefix("heads.semantic.logits") { shape[0] = 2 }
      return SafeTensorsWriter.Tensor(
        name: name, shape: shape,
        values: try HashedWeights(model: "tiny").values(name, shape: shape))
    }
    change(&tensors)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
      .path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SafeTensorsWriter.write(
      tensors, metadata: json.map { [ModelDescription.metadataKey: $0] } ?? [:], to: path)
    return try ModelFile(path: path)
  }

  @Test func aGoodFileOpens() throws {
    let file = try open()
    #expect(file.description.classes.map(\.id) == [7, 8])
    #expect(file.description.classes.map(\.isThing) == [false, true])
    #expect(file.description.classes[0].color?.blue == 3)
    #expect(file.description.mean == 127.5)
    #expect(file.description.inputWidth == 64)
    _ = try DeeperLabNetwork(file, kernels: Kernels(.fp32), pool: ThreadPool(threads: 1))
  }

  @Test func aMissingTensorIsNamed() throws {
    let error = #expect(throws: InferenceError.self) {
      try open { $0.removeAll { $0.name == "decoder.low_level.conv.weight" } }
    }
    #expect(error?.description.contains("no tensor decoder.low_level.conv.weight") == true)
    #expect(error?.description.contains("[4, 24, 1, 1]") == true)
  }

  @Test func aMisshapenTensorIsNamedWithBothShapes() throws {
    let error = #expect(throws: InferenceError.self) {
      try open { tensors in
        let index = tensors.firstIndex { $0.name == "aspp.pointwise.conv.weight" }!
        tensors[index].shape = [320, 8, 1, 1]
      }
    }
    #expect(error?.description.contains("aspp.pointwise.conv.weight") == true)
    #expect(error?.description.contains("[320, 8, 1, 1]") == true)
    #expect(error?.description.contains("[8, 320, 1, 1]") == true)
  }

  @Test func weightsThatAreNoNumbersAreRefused() throws {
    let file = try open { tensors in
      let index = tensors.firstIndex { $0.name == "encoder.stem.conv.weight" }!
      tensors[index].values[3] = .nan
    }
    #expect(throws: InferenceError.self) {
      try DeeperLabNetwork(file, kernels: Kernels(.fp32), pool: ThreadPool(threads: 1))
    }
  }

  @Test(arguments: [
    ("deeperlab-wmnv2", "resnet"), ("\"aspp\": 8", "\"aspp\": 0"),
    ("\"aspp\": 8", "\"aspp\": \"8\""), ("\"decoder\": 64", "\"decoder\": 60"),
    ("[64, 48]", "[64, 50]"), ("[64, 48]", "[64]"), ("[6, 12, 18]", "[]"),
    ("[6, 12, 18]", "[0]"), ("\"id\": 8", "\"id\": 7"),
    ("\"keypoint_radius\": 8", "\"keypoint_radius\": -1"),
    ("[1, 2, 3]", "[1, 2, 300]"), ("}", ""), ("[64, 48]", "[64, 4112]"),
    // Ids that a COCO picture's 24 bits cannot hold.
    ("\"id\": 8", "\"id\": -1"), ("\"id\": 8", "\"id\": 16777"),
    ("\"id\": 8", "\"id\": 5000000"),
    // More inputs of an output than int8 can add up.
    ("\"low_level\": 4", "\"low_level\": 4081"), ("\"aspp\": 8", "\"aspp\": 13108"),
    // Numbers that are fine as Double and zero or infinite as Float.
    ("\"unknown\": [1]", "\"scale\": 0"), ("\"unknown\": [1]", "\"scale\": 1e-300"),
    ("\"unknown\": [1]", "\"scale\": 1e-40"), ("\"unknown\": [1]", "\"scale\": 1e300"),
    ("\"unknown\": [1]", "\"mean\": 1e300"),
    ("\"unknown\": [1]", "\"mean\": 1e30, \"scale\": 1e-30"),
  ])
  func descriptionsThatDoNotFitAreRefused(_ old: String, _ new: String) {
    let json = Self.description.replacingOccurrences(of: old, with: new)
    #expect(json != Self.description)
    #expect(throws: ModelError.self) { try open(json) }
  }

  /// The largest that are accepted; a tensor that does not fit shows that the description does.
  @Test func descriptionsOnTheLimitsAreAccepted() throws {
    func json(_ old: String, _ new: String) -> String {
      Self.description.replacingOccurrences(of: old, with: new)
    }
    let file = try open(json("\"id\": 8", "\"id\": 16776"))
    #expect(file.description.classes[1].id == 16776)
    #expect(PanopticID.id(category: 16776, instance: 999) < 1 << 24)
    #expect(PanopticID.id(category: 16777, instance: 999) >= 1 << 24)
    for (old, new) in [
      ("\"low_level\": 4", "\"low_level\": 4080"), ("\"aspp\": 8", "\"aspp\": 13107"),
    ] {
      #expect(throws: InferenceError.self) { try open(json(old, new)) }
    }
  }

  @Test func moreClassesThanAByteTellsApartAreRefused() {
    func json(_ classes: Int) -> String {
      let list = (0..<classes).map { #"{"id": \#($0), "name": "\#($0)"}"# }
      let end = Self.description.range(of: "\"classes\"")!.lowerBound
      return Self.description[..<end] + "\"classes\": [" + list.joined(separator: ",") + "]}"
    }
    // The semantic head has another number of outputs.
    #expect(throws: InferenceError.self) { try open(json(PanopticDecoder.mostClasses)) }
    #expect(throws: ModelError.self) { try open(json(PanopticDecoder.mostClasses + 1)) }
  }

  @Test func aFileWithoutDescriptionIsRefused() {
    #expect(throws: ModelError.self) { try open(nil) }
  }

  @Test func sizesMustBeMultiplesOf16() throws {
    let file = try open()
    for (width, height) in [(100, 64), (64, 8), (0, 16), (-16, 16), (1 << 20, 16)] {
      #expect(throws: ModelError.inputSize(width: width, height: height)) {
        try DeeperLabNetwork(
          file, width: width, height: height, kernels: Kernels(.fp32), pool: ThreadPool(threads: 1))
      }
    }
  }

  @Test func unknownNamesAreRefused() {
    #expect(throws: ModelError.self) { try ModelCatalog.locate("no-such-model") }
    #expect(throws: ModelError.self) { try ModelCatalog.locate("./no-such.safetensors") }
  }
}
