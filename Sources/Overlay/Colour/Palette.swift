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

  static let standard: [RGBColor] = [
    RGBColor(red: 86, green: 180, blue: 233), RGBColor(red: 230, green: 159, blue: 0),
    RGBColor(red: 0, green: 158, blue: 115), RGBColor(red: 240, green: 228, blue: 66),
    RGBColor(red: 0, green: 114, blue: 178), RGBColor(red: 213, green: 94, blue: 0),
    RGBColor(red: 204, green: 121, blue: 167), RGBColor(red: 40, green: 40, blue: 40),
  ]
}
