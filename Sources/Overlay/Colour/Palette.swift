import Panoptic

/// The colour of each class.
public struct Palette: Equatable, Sendable {
  public let colors: [RGBColor]

  public init(classes: [ClassInfo], choice: PaletteChoice) {
    colors = classes.enumerated().map { index, info in
      choice == .classColors ? info.color ?? Self.color(at: index) : Self.color(at: index)
    }
  }

  static func color(at index: Int) -> RGBColor { standard[index % standard.count] }

  /// Any two differ by 25 or more (CIE L*a*b*) to normal, protanopic, deuteranopic and tritanopic
  /// eyes alike; chosen by Tools/palette/choose_colors.py.
  package static let standard: [RGBColor] = [
    RGBColor(red: 89, green: 183, blue: 252),
    RGBColor(red: 235, green: 151, blue: 0),
    RGBColor(red: 10, green: 138, blue: 93),
    RGBColor(red: 225, green: 255, blue: 106),
    RGBColor(red: 0, green: 55, blue: 151),
    RGBColor(red: 202, green: 65, blue: 0),
    RGBColor(red: 192, green: 122, blue: 168),
    RGBColor(red: 39, green: 39, blue: 40),
    RGBColor(red: 138, green: 40, blue: 27),
    RGBColor(red: 180, green: 255, blue: 205),
    RGBColor(red: 135, green: 98, blue: 233),
    RGBColor(red: 251, green: 206, blue: 244),
  ]
}
