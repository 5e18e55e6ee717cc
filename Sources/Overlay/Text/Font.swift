import CKernels

/// One size of the embedded font: glyph bitmaps of 8-bit coverage.
final class Font {
  struct Glyph {
    /// Pixels to the next glyph.
    var advance = 0
    /// From the pen to the bitmap's left edge, and from its top edge down to the baseline.
    var left = 0
    var top = 0
    var width = 0
    var height = 0
    /// Where the bitmap begins in `coverage`.
    var offset = 0
  }

  /// Pixels per em.
  let size: Int
  let ascent: Int
  let descent: Int
  /// Height of "H" and of the digits.
  let capHeight: Int
  let coverage: [UInt8]
  private let glyphs: [Glyph]
  private let codePoints: [UInt16]
  /// Places of the ASCII glyphs, which most text consists of.
  private let asciiPlaces: [UInt8]

  /// The size nearest to `pixelsPerEm`, from the atlas.
  init(nearestTo pixelsPerEm: Double) {
    var atlas = AtlasReader(base64: ck_overlay_font())
    let glyphCount = atlas.byte()
    let sizeCount = atlas.byte()
    codePoints = (0..<glyphCount).map { _ in UInt16(atlas.word()) }
    var best: (size: Int, at: Int)?
    for _ in 0..<sizeCount {
      let start = atlas.position
      let candidate = atlas.byte()
      atlas.position += 2
      let length = atlas.word() | atlas.word() << 16
      atlas.position += length
      let distance = abs(Double(candidate) - pixelsPerEm)
      if best.map({ distance < abs(Double($0.size) - pixelsPerEm) }) ?? true {
        best = (candidate, start)
      }
    }
    atlas.position = best?.at ?? 0
    size = atlas.byte()
    ascent = atlas.byte()
    descent = atlas.byte()
    atlas.position += 4

    var glyphs: [Glyph] = []
    var total = 0
    for _ in 0..<glyphCount {
      let glyph = Glyph(
        advance: atlas.byte(), left: atlas.signedByte(), top: atlas.signedByte(),
        width: atlas.byte(), height: atlas.byte(), offset: total)
      total += glyph.width * glyph.height
      glyphs.append(glyph)
    }
    coverage = atlas.coverage(count: total)
    var places = [UInt8](repeating: 0, count: 128)
    for (place, code) in codePoints.enumerated() where code < 128 {
      places[Int(code)] = UInt8(place)
    }
    asciiPlaces = places
    self.glyphs = glyphs
    capHeight = glyphs[Int(places[Int(UInt8(ascii: "H"))])].height
  }

  /// The glyph of a code point, "?" for one the font does not have.
  func glyph(_ code: UInt16) -> Glyph {
    if code < 128 {
      return glyphs[Int(asciiPlaces[Int(code >= 32 && code < 127 ? code : 63)])]
    }
    for place in codePoints.indices.reversed() where codePoints[place] == code {
      return glyphs[place]
    }
    return glyphs[Int(asciiPlaces[63])]
  }

  /// Pixels from the first glyph's pen position to behind the last glyph.
  func width(of text: TextBuffer) -> Int {
    var width = 0
    for place in 0..<text.count { width += glyph(text.codes[place]).advance }
    return width
  }

  /// The same for a string.
  func width(of text: String) -> Int {
    var width = 0
    for scalar in text.unicodeScalars { width += glyph(TextBuffer.code(scalar)).advance }
    return width
  }
}

/// Reads the atlas (its format: Tools/font/make_font.py).
private struct AtlasReader {
  let bytes: [UInt8]
  var position = 0

  init(base64 text: UnsafePointer<CChar>) {
    var bytes: [UInt8] = []
    var bits = 0
    var held = 0
    var next = text
    while next.pointee != 0 {
      let character = UInt8(bitPattern: next.pointee)
      next += 1
      let value: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      default: continue
      }
      held = held << 6 | Int(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: held >> bits))
      }
    }
    self.bytes = bytes
  }

  mutating func byte() -> Int {
    position += 1
    return Int(bytes[position - 1])
  }

  mutating func signedByte() -> Int { Int(Int8(bitPattern: UInt8(byte()))) }

  mutating func word() -> Int { byte() | byte() << 8 }

  /// Unpacks the nibble stream that begins here.
  func coverage(count: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var place = 2 * position
    func nibble() -> UInt8 {
      defer { place += 1 }
      return place % 2 == 0 ? bytes[place / 2] >> 4 : bytes[place / 2] & 15
    }
    while result.count < count {
      let value = nibble()
      let run = value == 0 || value == 15 ? Int(nibble()) + 1 : 1
      result.append(contentsOf: repeatElement(value * 17, count: run))
    }
    return result
  }
}
