import ArgumentParser
import DeeperLab
import Glibc
import Inference

/// What is in a model file.
struct ModelShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Say what is in a model file.",
    discussion: """
      Without a model: of the one shipped with the program. Names of those installed are listed
      by 'dlvideo model --list'.
      """)

  @Argument(help: ArgumentHelp("Model file, or the name of one that is installed."))
  var model: String?

  @Flag(help: "As JSON.")
  var json = false

  @Flag(help: "List the names of the models installed.")
  var list = false

  func run() throws {
    if list {
      for name in ModelCatalog.names { print(name) }
      return
    }
    let file = try ModelFile(path: ModelCatalog.locate(model))
    if json {
      print(Self.json(file).string)
    } else {
      show(Self.lines(file))
    }
  }

  private static func lines(_ file: ModelFile) -> [String] {
    let model = file.description
    let rates = model.rates.map(String.init).joined(separator: " ")
    var lines = [
      "file          \(file.path), \(Int64(file.tensors.byteCount).byteCount)",
      "architecture  \(model.architecture)",
      "widths        ASPP \(model.aspp) (rates \(rates)), decoder \(model.decoder), "
        + "low level \(model.lowLevel), heads \(model.semanticHead) and \(model.instanceHead)",
      "parameters    \((Double(file.parameterCount) / 1e6).decimal(2)) million in "
        + "\(file.tensors.entries.count) tensors, \(types(file).joined(separator: ", "))",
      "input         \(model.inputWidth)x\(model.inputHeight), "
        + "(x - \(model.mean.short)) / \(model.scale.short)",
      "decoding      \(model.decoding), keypoint radius \(model.keypointRadius.short) px",
    ]
    for (name, value) in model.grouping.sorted(by: { $0.key < $1.key }) {
      lines.append("              \(name) \(value.short)")
    }
    lines.append("arithmetic    " + arithmetics(file).joined(separator: ", "))
    lines += calibrationLines(file)
    let things = model.classes.count { $0.isThing }
    lines.append(
      "classes       \(model.classes.count): \(model.classes.count - things) of stuff, "
        + "\(things) of things")
    for info in model.classes {
      let kind = info.isThing ? "thing" : "stuff"
      lines.append("  " + String(info.id).leftPadded(4) + "  \(kind)  \(info.name)")
    }
    return lines
  }

  private static func types(_ file: ModelFile) -> [String] {
    let names = ["F16": "float16", "F32": "float32", "BF16": "bfloat16"]
    return Set(file.tensors.entries.values.map(\.type)).sorted().map { names[$0] ?? $0 }
  }

  /// What bf16 and int8 cost, as far as it was measured.
  static func calibrationLines(_ file: ModelFile) -> [String] {
    guard let calibration = file.description.calibration else { return [] }
    func percents(_ values: [String: Double]) -> String {
      values.sorted { $0.key < $1.key }.map { "\($0.key) \((100 * $0.value).decimal(2)) %" }
        .joined(separator: ", ")
    }
    var lines = [
      "calibration   on \(calibration.frames) pictures; cells with fp32's class: "
        + percents(calibration.agreement)
    ]
    if !calibration.pq.isEmpty { lines.append("              PQ: " + percents(calibration.pq)) }
    return lines
  }

  /// The precisions that run here, the one that `auto` takes marked.
  private static func arithmetics(_ file: ModelFile) -> [String] {
    let chosen = try? NetworkOptions.Arithmetic.auto.choose(for: file)
    return NetworkOptions.Arithmetic.allCases
      .compactMap { $0 == .auto ? nil : try? $0.choose(for: file) }
      .map { $0.rawValue + ($0 == chosen ? " (chosen on this CPU)" : "") }
  }

  private static func json(_ file: ModelFile) -> JSONText {
    let model = file.description
    var json = JSONText()
    json.object { json in
      json.member("file", file.path)
      json.member("bytes", file.tensors.byteCount)
      json.member("architecture", model.architecture)
      json.member("aspp", model.aspp)
      json.array("rates") { for rate in model.rates { $0.element(rate) } }
      json.member("decoder", model.decoder)
      json.member("low_level", model.lowLevel)
      json.member("semantic_head", model.semanticHead)
      json.member("instance_head", model.instanceHead)
      json.member("parameters", file.parameterCount)
      json.member("tensors", file.tensors.entries.count)
      json.array("input") {
        $0.element(model.inputWidth)
        $0.element(model.inputHeight)
      }
      json.member("decoding", model.decoding)
      json.member("keypoint_radius", model.keypointRadius, places: 3)
      json.object("grouping") {
        for (name, value) in model.grouping.sorted(by: { $0.key < $1.key }) {
          $0.member(name, value, places: 6)
        }
      }
      if let calibration = model.calibration {
        json.object("calibration") { json in
          json.member("frames", calibration.frames)
          for (key, values) in [("agreement", calibration.agreement), ("pq", calibration.pq)] {
            json.object(key) {
              for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                $0.member(name, value, places: 5)
              }
            }
          }
        }
      }
      json.array("classes") { for info in model.classes { $0.category(info) } }
    }
    return json
  }
}

extension Double {
  /// Without a decimal point where it needs none.
  fileprivate var short: String { self == rounded() ? decimal(0) : String(self) }
}
