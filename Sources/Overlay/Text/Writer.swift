import Panoptic

/// Draws plates and lines of text onto the canvas, in the frame's code values.
final class Writer {
  let scale: TextScale
  let text = TextBuffer()
  private let stamper: Stamper
  private let tile: CoverageTile
  private var space: CodeSpace?
  private var plate = CodeColor(y: 0, u: 0, v: 0)
  private var bright = CodeColor(y: 0, u: 0, v: 0)
  private var dim = CodeColor(y: 0, u: 0, v: 0)

  enum Ink { case bright, dim }

  init(scale: TextScale, stamper: Stamper) {
    self.scale = scale
    self.stamper = stamper
    tile = CoverageTile(capacity: 1 << 16)
  }

  func prepare(for space: CodeSpace) {
    self.space = space
    func code(_ color: (red: Double, green: Double, blue: Double)) -> CodeColor {
      space.code(red: color.red, green: color.green, blue: color.blue)
    }
    plate = code(TextColors.plate)
    bright = code(TextColors.bright)
    dim = code(TextColors.dim)
  }

  /// A dark, rounded, translucent plate.
  func drawPlate(_ rect: PixelRect) {
    tile.reset(width: rect.width, height: rect.height)
    tile.fill(
      x: 0, y: 0, width: rect.width, height: rect.height, radius: scale.cornerRadius,
      coverage: TextColors.plateCoverage)
    stamper.stamp(tile, x: rect.x, y: rect.y, color: plate)
  }

  /// A small opaque patch of a class's colour.
  func drawSwatch(_ rect: PixelRect, radius: Double, color: RGBColor) {
    guard let space else { return }
    tile.reset(width: rect.width, height: rect.height)
    tile.fill(x: 0, y: 0, width: rect.width, height: rect.height, radius: radius)
    stamper.stamp(tile, x: rect.x, y: rect.y, color: space.code(color))
  }

  /// The text in `text`, from pen position x on. Returns the pen's end.
  @discardableResult
  func drawText(x: Int, baseline: Int, ink: Ink = .bright) -> Int {
    let font = scale.font
    let width = font.width(of: text)
    // A glyph may reach a little beyond its advance.
    let slack = font.size / 4
    tile.reset(width: width + 2 * slack, height: font.ascent + font.descent)
    tile.draw(text, font: font, x: slack, baseline: font.ascent)
    stamper.stamp(
      tile, x: x - slack, y: baseline - font.ascent, color: ink == .bright ? bright : dim)
    return x + width
  }

  /// The text in `text`, ending at x.
  func drawTextRight(x: Int, baseline: Int, ink: Ink = .bright) {
    drawText(x: x - scale.font.width(of: text), baseline: baseline, ink: ink)
  }
}
