/// What can be wrong with a weight file or a wish for an arithmetic.
public enum InferenceError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened or read; `reason` is the operating system's.
  case unreadable(file: String, reason: String)
  /// The bytes are not a safetensors file.
  case malformed(file: String, reason: String)
  case missingTensor(file: String, name: String, expected: [Int])
  case wrongShape(file: String, name: String, found: [Int], expected: [Int])
  case wrongType(file: String, name: String, found: String)
  case notFinite(file: String, name: String)
  case unwritable(file: String, reason: String)
  /// The environment asks for an instruction set that does not exist or that this CPU has not.
  case instructionSet(wanted: String, offered: [String])
  /// The system starts no more threads than `started`.
  case tooFewThreads(wanted: Int, started: Int)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "cannot read \(file): \(reason)"
    case .malformed(let file, let reason): "\(file) is not a safetensors file: \(reason)"
    case .missingTensor(let file, let name, let expected):
      "\(file) has no tensor \(name) (expected shape \(expected))"
    case .wrongShape(let file, let name, let found, let expected):
      "\(file): tensor \(name) has shape \(found), expected \(expected)"
    case .wrongType(let file, let name, let found):
      "\(file): tensor \(name) is of type \(found), expected F32, F16 or BF16"
    case .notFinite(let file, let name):
      "\(file): tensor \(name) gives weights that are not finite numbers"
    case .unwritable(let file, let reason): "cannot write \(file): \(reason)"
    case .instructionSet(let wanted, let offered):
      "DLVIDEO_ISA=\(wanted) is no instruction set of this CPU; it has \(offered.joined(separator: ", "))"
    case .tooFewThreads(let wanted, let started):
      "cannot start \(wanted) threads: the system's limits allow about \(started); give fewer with --threads"
    }
  }
}
