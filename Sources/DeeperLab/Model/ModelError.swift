/// Why a model cannot be used.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  /// No file of that path or name.
  case notFound(name: String, searched: [String])
  /// The description in the file is missing or does not fit.
  case description(file: String, reason: String)
  /// The calibration in the file, or what it is to be made from, does not fit.
  case calibration(file: String, reason: String)
  /// int8 without ranges.
  case notCalibrated(file: String)
  /// The wanted input size is no multiple of 16, or too large.
  case inputSize(width: Int, height: Int)

  public var description: String {
    switch self {
    case .notFound(let name, let searched):
      "no model \(name) (looked in \(searched.joined(separator: ", "))); give a path to a .safetensors file"
    case .description(let file, let reason):
      "\(file) is no dlvideo model: in its metadata \"\(ModelDescription.metadataKey)\", \(reason)"
    case .calibration(let file, let reason):
      "\(file) has no usable calibration: \(reason); make it anew with 'dlvideo model calibrate'"
    case .notCalibrated(let file):
      "\(file) is not calibrated for int8; run 'dlvideo model calibrate \(file) --images VIDEO -o OUT', or use --precision auto, fp32 or bf16"
    case .inputSize(let width, let height):
      "network input size \(width)x\(height): both sides must be multiples of 16 up to \(ModelDescription.sideLimit)"
    }
  }
}
