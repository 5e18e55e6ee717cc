/// Where a network's tensors come from: a file, or a rule in tests.
public protocol WeightSource {
  /// For messages.
  var file: String { get }
  func values(_ name: String, shape: [Int]) throws -> [Float]
}

extension SafeTensors: WeightSource {}

/// A convolution with its batch norm folded in: w' = w * gamma / sqrt(var + eps),
/// b' = beta - mean * gamma / sqrt(var + eps).
public struct FoldedWeights {
  /// PyTorch's default, as in the reference's BN_EPS.
  static let epsilon: Float = 1e-5

  /// OIHW, `outputs * inputs * kernel * kernel` values.
  public var values: [Float]
  public var bias: [Float]
  public let outputs: Int
  /// Inputs per group: 1 for a depthwise convolution.
  public let inputs: Int
  public let kernel: Int

  /// Reads `prefix.conv.weight` and `prefix.bn.*`.
  public init(
    _ source: some WeightSource, _ prefix: String, outputs: Int, inputs: Int, kernel: Int
  ) throws {
    self.outputs = outputs
    self.inputs = inputs
    self.kernel = kernel
    values = try source.values(
      "\(prefix).conv.weight", shape: [outputs, inputs, kernel, kernel])
    let gamma = try source.values("\(prefix).bn.weight", shape: [outputs])
    let beta = try source.values("\(prefix).bn.bias", shape: [outputs])
    let mean = try source.values("\(prefix).bn.running_mean", shape: [outputs])
    let variance = try source.values("\(prefix).bn.running_var", shape: [outputs])
    bias = beta
    let fan = inputs * kernel * kernel
    for o in 0..<outputs {
      let scale = gamma[o] / (variance[o] + Self.epsilon).squareRoot()
      bias[o] -= mean[o] * scale
      for index in o * fan..<(o + 1) * fan { values[index] *= scale }
    }
    guard values.allSatisfy(\.isFinite), bias.allSatisfy(\.isFinite) else {
      throw InferenceError.notFinite(file: source.file, name: prefix)
    }
  }

  /// Reads `prefix.weight` and `prefix.bias`: a 1x1 convolution without batch norm.
  public init(_ source: some WeightSource, logits prefix: String, outputs: Int, inputs: Int) throws
  {
    self.outputs = outputs
    self.inputs = inputs
    kernel = 1
    values = try source.values("\(prefix).weight", shape: [outputs, inputs, 1, 1])
    bias = try source.values("\(prefix).bias", shape: [outputs])
    guard values.allSatisfy(\.isFinite), bias.allSatisfy(\.isFinite) else {
      throw InferenceError.notFinite(file: source.file, name: prefix)
    }
  }

  /// The 1x1 convolution as a matrix [input][output], rows and columns reordered: row r holds
  /// input `inputOrder[r]`, column c output `outputOrder[c]`, or zeros for none.
  public func matrix(inputOrder: [Int]? = nil, outputOrder: [Int?]? = nil) -> (
    b: [Float], bias: [Float]
  ) {
    precondition(kernel == 1)
    let rows = inputOrder ?? Array(0..<inputs)
    let columns = outputOrder ?? Array(0..<outputs)
    var b = [Float](repeating: 0, count: rows.count * columns.count)
    for case (let c, let output?) in columns.enumerated() {
      for (r, input) in rows.enumerated() {
        b[r * columns.count + c] = values[output * inputs + input]
      }
    }
    return (b, columns.map { $0.map { bias[$0] } ?? 0 })
  }
}
