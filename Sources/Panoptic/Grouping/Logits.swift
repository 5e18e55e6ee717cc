#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// log(p / (1 - p)), infinite at 0 and 1.
func logit(_ probability: Double) -> Float { Float(log(probability / (1 - probability))) }

/// 1 / (1 + exp(-logit))
func sigmoid(_ logit: Float) -> Float { 1 / (1 + expf(-logit)) }

extension Float {
  /// Bits that order as the numbers do, negative ones too.
  var ascendingBits: UInt32 {
    let bits = bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  init(ascendingBits bits: UInt32) {
    self.init(bitPattern: bits & 0x8000_0000 == 0 ? ~bits : bits & 0x7FFF_FFFF)
  }
}
