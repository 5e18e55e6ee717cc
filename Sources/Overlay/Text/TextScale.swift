/// Sizes of everything that is written, from the picture's own size.
struct TextScale {
  let font: Font
  /// Between text and the edge of its plate, across and down.
  let padding: (x: Int, y: Int)
  /// From one baseline to the next.
  let lineHeight: Int
  let cornerRadius: Double
  /// From the picture's edge to the HUD and the legend.
  let margin: Int

  /// For an upright picture of these sides: text is readable at the size a player shows it, so it
  /// grows with the shorter side.
  init(width: Int, height: Int) {
    font = Font(nearestTo: Double(min(width, height)) / 40)
    let size = Double(font.size)
    padding = (Int((size * 0.42).rounded(.up)), Int((size * 0.32).rounded(.up)))
    lineHeight = Int((size * 1.28).rounded())
    cornerRadius = size * 0.28
    margin = Int((size * 0.7).rounded())
  }
}

/// Colours of plates and text. White on the plate has a contrast of 7 or more over any picture, the
/// dimmer text 4.5 (WCAG 2's AA).
enum TextColors {
  static let plate = (red: 0.055, green: 0.063, blue: 0.08)
  static let plateCoverage: UInt8 = 188
  static let bright = (red: 1.0, green: 1.0, blue: 1.0)
  static let dim = (red: 0.82, green: 0.84, blue: 0.87)
}
