/// A small upright picture of 8-bit coverage in which plates and text are drawn, before they are
/// blended onto a frame in one colour.
final class CoverageTile {
  private(set) var width = 0
  private(set) var height = 0
  private(set) var samples: UnsafeMutablePointer<UInt8>
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    samples = .allocate(capacity: capacity)
    samples.initialize(repeating: 0, count: capacity)
  }

  deinit { samples.deallocate() }

  /// Empties the tile; it grows where it must, which a layout of constant size does only once.
  func reset(width: Int, height: Int) {
    self.width = max(width, 0)
    self.height = max(height, 0)
    let count = self.width * self.height
    if count > capacity {
      samples.deallocate()
      capacity = count
      samples = .allocate(capacity: count)
    }
    samples.initialize(repeating: 0, count: count)
  }

  /// A rectangle with quarter circles at its corners, anti-aliased; it replaces what was there.
  func fill(
    x: Int, y: Int, width: Int, height: Int, radius: Double, coverage: UInt8 = 255
  ) {
    let columns = max(x, 0)..<max(min(x + width, self.width), max(x, 0))
    let reach = Int(radius) + 1
    for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
      let line = samples + row * self.width
      (line + columns.lowerBound).update(repeating: coverage, count: columns.count)
      guard min(row - y, y + height - 1 - row) < reach else { continue }
      for column in columns where min(column - x, x + width - 1 - column) < reach {
        let inside = Self.roundedCoverage(
          x: column - x, y: row - y, width: width, height: height, radius: radius)
        line[column] = UInt8(Double(coverage) * inside + 0.5)
      }
    }
  }

  /// How much of pixel (x, y) lies in a rounded rectangle that begins at the origin.
  private static func roundedCoverage(
    x: Int, y: Int, width: Int, height: Int, radius: Double
  ) -> Double {
    let dx = radius - (Double(min(x, width - 1 - x)) + 0.5)
    let dy = radius - (Double(min(y, height - 1 - y)) + 0.5)
    guard dx > 0 && dy > 0 else { return 1 }
    let distance = (dx * dx + dy * dy).squareRoot()
    return min(max(radius - distance + 0.5, 0), 1)
  }

  /// Draws text with the pen starting at `x`. Returns where the pen ends.
  @discardableResult
  func draw(_ text: TextBuffer, font: Font, x: Int, baseline: Int) -> Int {
    var pen = x
    for place in 0..<text.count {
      let glyph = font.glyph(text.codes[place])
      draw(glyph, of: font, x: pen + glyph.left, y: baseline - glyph.top)
      pen += glyph.advance
    }
    return pen
  }

  private func draw(_ glyph: Font.Glyph, of font: Font, x: Int, y: Int) {
    let rows = max(0, -y)..<max(min(glyph.height, height - y), max(0, -y))
    let columns = max(0, -x)..<max(min(glyph.width, width - x), max(0, -x))
    font.coverage.withUnsafeBufferPointer { bitmap in
      for row in rows {
        let line = samples + (y + row) * width + x
        let source = glyph.offset + row * glyph.width
        for column in columns { line[column] = max(line[column], bitmap[source + column]) }
      }
    }
  }
}
