import Panoptic

/// Shades of a class's colour, so that neighbouring instances can be told apart.
///
/// An identity always has the same tone, and identities that follow each other have tones far
/// apart; all of them stay close to the class's colour.
enum InstanceTones {
  static let count = 8

  /// Identities one after the other alternate between lighter and darker.
  private static let lightness: [Double] = [0, 0.30, -0.26, 0.15, -0.14, 0.40, -0.34, 0.08]
  /// Turns the hue a little as well: how much of the green is moved towards red or blue.
  private static let warmth: [Double] = [0, -0.10, 0.08, 0.12, -0.12, 0.05, -0.04, 0.16]

  static func place(identity: Int) -> Int {
    identity <= 0 ? 0 : (identity - 1) % count
  }

  static func tone(of color: RGBColor, place: Int) -> RGBColor {
    let warm = warmth[place]
    func shade(_ value: UInt8, _ shift: Double) -> UInt8 {
      let start = Double(value) / 255
      let light = lightness[place]
      let mixed = light >= 0 ? start + (1 - start) * light : start * (1 + light)
      return UInt8((min(max(mixed + shift, 0), 1) * 255).rounded())
    }
    return RGBColor(
      red: shade(color.red, warm * 0.5), green: shade(color.green, 0),
      blue: shade(color.blue, -warm * 0.5))
  }
}
