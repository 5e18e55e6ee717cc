/// What can go wrong in `Panoptic`: settings or data of the caller that cannot be used.
public enum PanopticError: Error, Equatable, CustomStringConvertible {
  /// A decoding parameter of a model file is outside its range.
  case badParameter(name: String, value: Double, allowed: String)
  /// A model file asks for a decoding that this program does not know.
  case unknownDecoding(String)
  /// Two label maps that are to be compared have different sizes.
  case sizeMismatch(truth: String, prediction: String)
  /// A label map has an id that no segment describes, or a segment has no pixel.
  case badAnnotation(String)
  /// A segment's category is not in the table of categories.
  case unknownCategory(Int)

  public var description: String {
    switch self {
    case .badParameter(let name, let value, let allowed):
      "decoding parameter \(name) is \(value): it must be \(allowed)"
    case .unknownDecoding(let name):
      "unknown decoding \"\(name)\": use "
        + Decoding.allCases.map(\.rawValue).joined(separator: " or ")
    case .sizeMismatch(let truth, let prediction):
      "the prediction is \(prediction) pixels, the ground truth \(truth): they must be the same"
    case .badAnnotation(let what):
      what
    case .unknownCategory(let id):
      "category \(id) is not in the list of categories"
    }
  }
}
