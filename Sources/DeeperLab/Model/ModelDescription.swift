import Foundation
import Inference
import Panoptic

/// What a model file says of itself: the JSON text of its metadata entry `dlvideo`.
///
/// Unknown keys are ignored, so newer files load.
public struct ModelDescription: Sendable, Equatable {
  public static let metadataKey = "dlvideo"
  static let calibrationKey = "calibration"

  public var architecture: String
  public var aspp: Int
  public var decoder: Int
  public var semanticHead: Int
  public var instanceHead: Int
  public var lowLevel: Int
  public var rates: [Int]
  /// Disk radius R of the keypoints, in pixels of the network input.
  public var keypointRadius: Double
  public var inputWidth: Int
  public var inputHeight: Int
  public var mean: Double
  public var scale: Double
  public var classes: [ClassInfo]
  /// How the heads' maps become instances: "deeperlab" or "panoptic-deeplab".
  public var decoding: String
  /// Thresholds tuned for this model, by name.
  public var grouping: [String: Double]
  /// What was measured for bf16 and int8, if anything.
  public var calibration: Calibration?

  public init(
    aspp: Int, decoder: Int, semanticHead: Int, instanceHead: Int, lowLevel: Int, rates: [Int],
    classes: [ClassInfo], inputWidth: Int = 512, inputHeight: Int = 288, keypointRadius: Double = 8,
    mean: Double = 127.5, scale: Double = 127.5
  ) {
    architecture = Self.architectures[0]
    self.aspp = aspp
    self.decoder = decoder
    self.semanticHead = semanticHead
    self.instanceHead = instanceHead
    self.lowLevel = lowLevel
    self.rates = rates
    self.classes = classes
    self.inputWidth = inputWidth
    self.inputHeight = inputHeight
    self.keypointRadius = keypointRadius
    self.mean = mean
    self.scale = scale
    decoding = "deeperlab"
    grouping = [:]
  }

  static let architectures = ["deeperlab-wmnv2", "deeperlab-wmnv2-lite"]
  /// Sides of a network input.
  public static let sideLimit = 4096
  private static let widthLimit = Kernels.mostInputs

  /// Parses the JSON text; throws a `ModelError.description` naming the key that does not fit.
  package init(json: String, file: String) throws {
    guard let parsed = try? JSONSerialization.jsonObject(with: Data(json.utf8)),
      let fields = parsed as? [String: Any]
    else { throw ModelError.description(file: file, reason: "it is not a JSON object") }
    func fail(_ reason: String) -> ModelError { .description(file: file, reason: reason) }
    func width(_ key: String) throws -> Int {
      guard let value = fields[key] as? Int, (1...Self.widthLimit).contains(value) else {
        throw fail("\"\(key)\" is not a number of channels in 1...\(Self.widthLimit)")
      }
      return value
    }
    func number(_ key: String, or standard: Double) throws -> Double {
      guard let value = fields[key] else { return standard }
      // The network computes in Float.
      guard let number = value as? Double, Float(number).isFinite else {
        throw fail("\"\(key)\" is not a number")
      }
      return number
    }

    guard let architecture = fields["architecture"] as? String else {
      throw fail("\"architecture\" is missing")
    }
    guard Self.architectures.contains(architecture) else {
      throw fail(
        "architecture \"\(architecture)\" is unknown (known: \(Self.architectures.joined(separator: ", ")))"
      )
    }
    self.architecture = architecture
    aspp = try width("aspp")
    decoder = try width("decoder")
    semanticHead = try width("semantic_head")
    instanceHead = try width("instance_head")
    lowLevel = try width("low_level")
    guard decoder % 16 == 0 else { throw fail("\"decoder\" is no multiple of 16") }
    guard let rates = fields["rates"] as? [Int], (1...8).contains(rates.count),
      rates.allSatisfy({ (1...256).contains($0) })
    else { throw fail("\"rates\" is not a list of 1 to 8 atrous rates in 1...256") }
    self.rates = rates
    // Maps that several layers write side by side.
    func joined(_ channels: Int, _ names: String) throws {
      guard channels <= Self.widthLimit else {
        throw fail("\(names) makes \(channels) channels side by side, more than \(Self.widthLimit)")
      }
    }
    try joined((2 + rates.count) * aspp, "\"aspp\" with \"rates\"")
    try joined(ContextDecoder.fusedChannels(lowLevel: lowLevel), "\"low_level\"")
    keypointRadius = try number("keypoint_radius", or: 8)
    guard keypointRadius > 0 else { throw fail("\"keypoint_radius\" is not positive") }
    guard let input = fields["input"] as? [Int], input.count == 2,
      input.allSatisfy({ $0 > 0 && $0 <= Self.sideLimit && $0 % 16 == 0 })
    else {
      throw fail("\"input\" is not [width, height] in multiples of 16 up to \(Self.sideLimit)")
    }
    inputWidth = input[0]
    inputHeight = input[1]
    mean = try number("mean", or: 127.5)
    scale = try number("scale", or: 127.5)
    guard (1 / Float(scale)).isFinite, (Float(mean) / Float(scale)).isFinite else {
      throw fail("\"scale\" is zero, or too small for a pixel's (x - mean) / scale")
    }
    decoding = fields["decoding"] as? String ?? "deeperlab"
    grouping = (fields["grouping"] as? [String: Any])?.compactMapValues { $0 as? Double } ?? [:]

    guard let list = fields["classes"] as? [[String: Any]],
      (1...PanopticDecoder.mostClasses).contains(list.count)
    else { throw fail("\"classes\" is not a list of 1 to \(PanopticDecoder.mostClasses) classes") }
    classes = try list.enumerated().map { index, entry in
      guard let id = entry["id"] as? Int, let name = entry["name"] as? String, !name.isEmpty else {
        throw fail("class \(index) has no \"id\" or no \"name\"")
      }
      guard PanopticID.categories.contains(id) else {
        throw fail("the id \(id) of class \(name) is not in \(PanopticID.categories)")
      }
      var color: RGBColor?
      if let parts = entry["color"] as? [Int] {
        guard parts.count == 3, parts.allSatisfy({ (0...255).contains($0) }) else {
          throw fail("the color of class \(name) is not three numbers in 0...255")
        }
        color = RGBColor(red: UInt8(parts[0]), green: UInt8(parts[1]), blue: UInt8(parts[2]))
      }
      let isThing = (entry["isthing"] as? Int ?? 0) != 0
      return ClassInfo(id: id, name: name, isThing: isThing, color: color)
    }
    guard Set(classes.map(\.id)).count == classes.count else {
      throw fail("two classes have the same id")
    }
    if let entry = fields[Self.calibrationKey] {
      calibration = try Calibration(entry, self, file: file)
    }
  }
}
