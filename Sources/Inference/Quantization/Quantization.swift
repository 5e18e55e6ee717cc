/// How the bytes of an int8 feature map stand for numbers: q for (q - zeroPoint) * scale.
///
/// Zero is exact, as padding must be. The weights' side is signed and has a scale for each output.
public struct Quantization: Sendable, Equatable {
  public let scale: Float
  /// The byte that stands for zero; a whole number except for pictures, whose mean it is.
  public let zeroPoint: Float

  /// The finest that holds `range`, widened to contain zero.
  public init(_ range: ActivationRange) {
    let (lo, hi) = (min(range.lo, 0), max(range.hi, 0))
    scale = max((hi - lo) / 255, ActivationRange.smallest)
    zeroPoint = min(max((-lo / scale).rounded(), 0), 255)
  }

  init(scale: Float, zeroPoint: Float) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// Of a map of float32.
  static let identity = Quantization(scale: 1, zeroPoint: 0)
}

/// The values of a feature map that are worth telling apart; those outside are clamped.
public struct ActivationRange: Sendable, Equatable {
  public var lo: Float
  public var hi: Float

  /// Smaller steps than this, and larger values than `largest`, are no activations of a network.
  static let smallest: Float = 1e-9
  public static let largest: Float = 1e9

  /// Fails where the two are no range: not finite, not in order, out of all bounds.
  public init?(lo: Float, hi: Float) {
    guard lo <= hi, lo >= -Self.largest, hi <= Self.largest else { return nil }
    self.lo = lo
    self.hi = hi
  }
}

/// The ranges of a network's feature maps, by the map's name.
public typealias ActivationRanges = [String: ActivationRange]

/// Names of the feature maps that a layer reads and writes, by which their ranges are recorded and
/// found again.
public struct LayerMaps: Sendable {
  public var input: String
  /// Nil for float32 (a network's outputs).
  public var output: String?
  /// What is added to the sums.
  public var residual: String?

  public init(input: String, output: String?, residual: String? = nil) {
    self.input = input
    self.output = output
    self.residual = residual
  }
}
