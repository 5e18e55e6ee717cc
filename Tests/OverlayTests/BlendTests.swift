import Media
import Overlay
import Panoptic
import Testing

/// The arithmetic of the class colours, sample by sample.
@Suite struct BlendTests {
  static let formats = [
    "yuv420p", "yuv422p", "yuv444p", "yuv440p", "nv12", "nv21", "yuv420p10le", "yuv422p10le",
    "p010le", "gray", "gray10le", "yuvj420p",
  ]

  /// Code values of a colour by ITU-T H.273 with BT.601's matrix, which small untagged frames have.
  private func code(_ color: RGBColor, bitDepth: Int, isFullRange: Bool) -> [Double] {
    let red = Double(color.red) / 255
    let green = Double(color.green) / 255
    let blue = Double(color.blue) / 255
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue
    let chroma = [(blue - luma) / 1.772, (red - luma) / 1.402]
    let top = Double(1 << bitDepth)
    if isFullRange {
      return [(top - 1) * luma] + chroma.map { min((top - 1) * $0 + top / 2, top - 1) }
    }
    return [top / 256 * (16 + 219 * luma)] + chroma.map { top / 256 * (128 + 224 * $0) }
  }

  /// out = (s keep + add) >> bits, keep = one - w, add = round(w code) + one / 2, w = round(one a).
  private func blended(_ sample: Int, _ code: Double, alpha: Double, bitDepth: Int) -> Int {
    let bits = bitDepth > 8 ? 15 : 8
    let one = Double(1 << bits)
    let weight = (one * alpha).rounded()
    let add = Int((weight * code).rounded()) + (1 << (bits - 1))
    return (sample * Int(one - weight) + add) >> bits
  }

  private func expectBlend(
    _ source: VideoFrame, _ canvas: VideoFrame, _ color: RGBColor, alpha: Double
  ) {
    let depth = source.format.bitDepth
    let codes = code(color, bitDepth: depth, isFullRange: source.isFullRange)
    for component in 0..<Picture.components(source) {
      let before = Picture.plane(source, component)
      let after = Picture.plane(canvas, component)
      let expected = Plane(width: before.width, height: before.height) { x, y in
        blended(before[x, y], codes[component], alpha: alpha, bitDepth: depth)
      }
      #expect(after == expected, "component \(component)")
    }
  }

  @Test(arguments: formats, [false, true])
  func everySampleFollowsTheFormula(format: String, isFullRange: Bool) throws {
    for (size, map) in [((64, 48), (16, 12)), ((65, 47), (16, 12)), ((37, 21), (1, 1))] {
      let source = try Picture.random(size.0, size.1, format, isFullRange: isFullRange)
      for classIndex in Scene.classes.indices {
        // A car without a track has its class's own colour when it is the first.
        let canvas = try Scene.paint(
          source, Scene.uniform(map.0, map.1, classIndex: classIndex), style: Scene.bare())
        let color = try #require(Scene.classes[classIndex].color)
        expectBlend(source, canvas, color, alpha: 0.45)
      }
    }
  }

  @Test(arguments: formats) func nothingDrawnLeavesThePicture(format: String) throws {
    for (width, height) in [(64, 48), (65, 47), (1, 1), (3, 2)] {
      let source = try Picture.random(width, height, format)
      let canvas = try Scene.paint(source, Scene.street(24, 24), style: Scene.bare(alpha: 0))
      #expect(Picture.planes(canvas) == Picture.planes(source), "\(width)x\(height)")
    }
  }

  @Test(arguments: formats) func pixelsOfNoSegmentStayAsTheyAre(format: String) throws {
    let source = try Picture.random(65, 47, format)
    let map = Scene.map(16, 12, segments: [(Scene.road, 0)]) { _, _ in 9 }
    let canvas = try Scene.paint(source, map, style: Scene.bare())
    #expect(Picture.planes(canvas) == Picture.planes(source))
  }

  /// A map of twice the frame's sides: each half keeps its own colour away from the border.
  @Test(arguments: ["yuv420p", "p010le"]) func mapsLargerThanTheFrame(format: String) throws {
    let source = try Picture.flat(65, 47, format, y: 100)
    let map = Scene.map(130, 94, segments: [(Scene.road, 0), (Scene.sky, 0)]) { x, _ in
      x < 65 ? 0 : 1
    }
    let found = Picture.luma(try Scene.paint(source, map, style: Scene.bare()))
    for (columns, classIndex) in [(0..<31, Scene.road), (34..<65, Scene.sky)] {
      let alone = Picture.luma(
        try Scene.paint(
          source, Scene.uniform(130, 94, classIndex: classIndex), style: Scene.bare()))
      #expect(found.columns(columns) == alone.columns(columns))
    }
  }

  @Test func canvasPaddingAndSourceAreLeftAlone() throws {
    let source = try Picture.random(65, 47, "yuv420p")
    let before = Picture.planes(source)
    let canvas = try Scene.paint(source, Scene.street(24, 24), style: OverlayStyle())
    #expect(Picture.planes(source) == before)
    let plane = try #require(canvas.plane(0))
    for y in 0..<47 {
      for x in 65..<plane.bytesPerRow {
        #expect(plane.base.load(fromByteOffset: y * plane.bytesPerRow + x, as: UInt8.self) == 0x55)
      }
    }
  }
}
