import Glibc
import Overlay
import Panoptic
import Testing

/// Class colours can be told apart with any kind of colour vision.
@Suite struct PaletteTests {
  /// Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
  static let visions: [String: [[Double]]] = [
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
      [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
      [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
      [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
      [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.303900],
    ],
  ]

  /// The shipped model's class colours (its metadata).
  static let camvid: [RGBColor] = [
    (17, 185, 254), (49, 45, 36), (240, 222, 190), (116, 59, 128), (240, 148, 189), (8, 142, 73),
    (202, 255, 109), (104, 106, 108), (20, 39, 190), (182, 0, 17), (252, 127, 16),
  ].map { RGBColor(red: $0.0, green: $0.1, blue: $0.2) }

  /// CIE 1976 L*a*b*, D65, of a colour as seen through a vision's matrix.
  private func lab(_ color: RGBColor, _ vision: [[Double]]) -> [Double] {
    func linear(_ value: UInt8) -> Double {
      let x = Double(value) / 255
      return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4)
    }
    func times(_ matrix: [[Double]], _ v: [Double]) -> [Double] {
      matrix.map { row in zip(row, v).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let rgb = times(vision, [linear(color.red), linear(color.green), linear(color.blue)])
      .map { min(max($0, 0), 1) }
    let xyz = times(
      [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], rgb)
    let f = zip(xyz, [0.9505, 1, 1.089]).map { value, white in
      let t = value / white
      return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116
    }
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
  }

  private func leastDifference(_ colors: [RGBColor], _ vision: [[Double]]) -> Double {
    let seen = colors.map { lab($0, vision) }
    var least = Double.infinity
    for i in seen.indices {
      for j in 0..<i {
        let squares = zip(seen[i], seen[j]).map { ($0 - $1) * ($0 - $1) }
        least = min(least, squares.reduce(0, +).squareRoot())
      }
    }
    return least
  }

  @Test(arguments: visions.keys.sorted())
  func anyTwoColoursDiffer(vision: String) throws {
    let matrix = try #require(Self.visions[vision])
    #expect(leastDifference(Palette.standard, matrix) >= 20)
    #expect(leastDifference(Self.camvid, matrix) >= 20)
  }

  /// The check itself can fail: red and green of the same lightness are alike to a protanope.
  @Test func redAndGreenAreAlikeToSome() throws {
    let pair = [
      RGBColor(red: 170, green: 90, blue: 60), RGBColor(red: 110, green: 108, blue: 58),
    ]
    let normal = try #require(Self.visions["normal"])
    let deuteranopia = try #require(Self.visions["deuteranopia"])
    #expect(leastDifference(pair, normal) > 30)
    #expect(leastDifference(pair, deuteranopia) < 20)
  }
}
