import Foundation
import Inference

/// What a model file says about precisions other than float32: the entry `calibration` of its
/// description. Written by `dlvideo model calibrate`.
///
///     {"frames": 16, "ranges": {"encoder.stem": [0, 6], ...},
///      "corrections": {"heads.semantic.logits": [0.01, ...], ...},
///      "agreement": {"bf16": 0.999, "int8": 0.991}, "pq": {"fp32": 0.31, "bf16": 0.31, "int8": 0.305}}
public struct Calibration: Sendable, Equatable {
  /// Of the feature maps, for int8.
  public var ranges: ActivationRanges
  /// By a head's last convolution: what int8 adds to its outputs, to be right in the mean.
  public var corrections: [String: [Float]]
  /// How many pictures they were measured on.
  public var frames: Int
  /// By precision: the share of cells that have the class that float32 gives them.
  public var agreement: [String: Double]
  /// By precision: panoptic quality on a labelled set, where there was one.
  public var pq: [String: Double]

  public init(
    ranges: ActivationRanges, corrections: [String: [Float]], frames: Int,
    agreement: [String: Double], pq: [String: Double] = [:]
  ) {
    self.corrections = corrections
    self.ranges = ranges
    self.frames = frames
    self.agreement = agreement
    self.pq = pq
  }

  /// What a precision may cost to be chosen by itself: PQ where that was measured, as a fraction
  /// of 1, else the share of cells that change their class.
  public static let limits: [Precision: (pq: Double, changed: Double)] = [
    .bf16: (0.003, 0.01), .int8: (0.01, 0.03),
  ]

  /// Whether the precision stays within its limits on what was measured.
  public func allows(_ precision: Precision) -> Bool {
    guard let limit = Self.limits[precision] else { return true }
    if let reference = pq[Precision.fp32.rawValue], let value = pq[precision.rawValue] {
      return value >= reference - limit.pq
    }
    guard let agreement = agreement[precision.rawValue] else { return precision == .bf16 }
    return agreement >= 1 - limit.changed
  }

  /// Parses the entry; every map that the network has must be there.
  init(_ value: Any, _ model: ModelDescription, file: String) throws {
    func fail(_ reason: String) -> ModelError {
      .calibration(file: file, reason: reason)
    }
    guard let fields = value as? [String: Any], let list = fields["ranges"] as? [String: Any] else {
      throw fail("it has no \"ranges\"")
    }
    ranges = [:]
    for name in MapNames.all(model) {
      guard let ends = list[name] as? [Double], ends.count == 2,
        let range = ActivationRange(lo: Float(ends[0]), hi: Float(ends[1]))
      else { throw fail("the range of \(name) is missing or not two numbers in order") }
      guard range.lo >= 0 || MapNames.isLinear(name) else {
        throw fail("the range of \(name) begins below zero, where ReLU leaves nothing")
      }
      ranges[name] = range
    }
    corrections = [:]
    for (name, value) in fields["corrections"] as? [String: Any] ?? [:] {
      guard let head = HeadKind.allCases.first(where: { $0.logitsName == name }),
        let values = value as? [Double], values.count == head.outputChannels(model),
        values.allSatisfy({ abs($0) <= Double(ActivationRange.largest) })
      else { throw fail("the correction of \(name) does not fit") }
      corrections[name] = values.map { Float($0) }
    }
    frames = fields["frames"] as? Int ?? 0
    func fractions(_ key: String) throws -> [String: Double] {
      guard let entry = fields[key] else { return [:] }
      guard let values = entry as? [String: Double], values.values.allSatisfy((0...1).contains)
      else { throw fail("\"\(key)\" is not a fraction of 1 for each precision") }
      return values
    }
    agreement = try fractions("agreement")
    pq = try fractions("pq")
  }

  /// As JSON values.
  var fields: [String: Any] {
    func rounded(_ value: Double) -> Double { (value * 1e5).rounded() / 1e5 }
    var fields: [String: Any] = [
      "frames": frames, "agreement": agreement.mapValues(rounded),
      "corrections": corrections.mapValues { $0.map { Double("\($0)")! } },
      "ranges": ranges.mapValues { [Double("\($0.lo)")!, Double("\($0.hi)")!] },
    ]
    if !pq.isEmpty { fields["pq"] = pq.mapValues(rounded) }
    return fields
  }
}

extension Kernels {
  /// Kernels for a network of this model.
  public init(_ precision: Precision, _ calibration: Calibration?) {
    self.init(
      precision, ranges: calibration?.ranges ?? [:], corrections: calibration?.corrections ?? [:])
  }
}

extension ModelFile {
  /// The file's bytes with another calibration; all else is kept, what is unknown too.
  public func bytes(with calibration: Calibration) throws -> Data {
    var description =
      (try? JSONSerialization.jsonObject(
        with: Data(tensors.metadata[ModelDescription.metadataKey]!.utf8))) as? [String: Any] ?? [:]
    description[ModelDescription.calibrationKey] = calibration.fields
    let json = try JSONSerialization.data(
      withJSONObject: description, options: [.sortedKeys, .withoutEscapingSlashes])
    var metadata = tensors.metadata
    metadata[ModelDescription.metadataKey] = String(decoding: json, as: UTF8.self)
    return try tensors.bytes(withMetadata: metadata)
  }
}
