import CFFmpeg

/// An exact fraction: a time base in seconds a tick, a frame rate or a pixel aspect ratio.
public struct Rational: Sendable, Hashable, CustomStringConvertible {
  public var num: Int32
  public var den: Int32

  public init(_ num: Int32, _ den: Int32) {
    self.num = num
    self.den = den
  }

  init(_ value: AVRational) {
    self.init(value.num, value.den)
  }

  var av: AVRational { AVRational(num: num, den: den) }

  /// The fraction as a number; 0 where it is undefined (a zero denominator).
  public var value: Double { den == 0 ? 0 : Double(num) / Double(den) }

  /// Both parts positive: a usable rate or time base.
  public var isDefined: Bool { num > 0 && den > 0 }

  public var description: String { "\(num)/\(den)" }
}
