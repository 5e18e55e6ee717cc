import CAllocationCounter
import Glibc
import Media
import Overlay
import Panoptic
import Testing

/// What a viewer sees: smooth edges, steady colours, readable text.
@Suite struct LookTests {
  /// A slanting border, four times magnified: steps in between on most rows, none going back, and
  /// no staircase of whole map pixels.
  @Test func edgesAreSmooth() throws {
    let map = Scene.map(32, 16, segments: [(Scene.road, 0), (Scene.sky, 0)]) { x, y in
      x < 12 + y / 2 ? 0 : 1
    }
    let canvas = try Scene.paint(
      try Picture.flat(128, 64, "yuv420p", y: 100), map, style: Scene.bare())
    let luma = Picture.luma(canvas)
    var between = 0
    var borders: [Int] = []
    for y in 16..<48 {
      let row = (0..<128).map { luma[$0, y] }
      #expect(row == row.sorted())
      if Set(row).count >= 3 { between += 1 }
      borders.append(row.firstIndex { $0 != row[0] }!)
    }
    #expect(between > 16, "\(between) of 32 rows have a step in between")
    let steps = zip(borders.dropFirst(), borders).map(-)
    #expect(steps.allSatisfy { abs($0) <= 2 }, "the border jumps: \(borders)")
  }

  /// Contours belong to things, and lie inside them.
  @Test func contoursLieInsideTheirInstance() throws {
    var style = Scene.bare()
    let map = Scene.street(96, 72)
    let source = try Picture.flat(192, 144, "yuv420p", y: 60)
    let without = Picture.luma(try Scene.paint(source, map, style: style))
    style.contours = true
    let with = Picture.luma(try Scene.paint(source, map, style: style))
    var changed = 0
    for y in 0..<144 {
      for x in 0..<192 where with[x, y] != without[x, y] {
        changed += 1
        let near = [-1, 0, 1].contains { dx in
          [-1, 0, 1].contains { dy in
            let column = min(max(x / 2 + dx, 0), 95)
            let row = min(max(y / 2 + dy, 0), 71)
            return map.indices[row * 96 + column] == 2
          }
        }
        #expect(near, "the contour left its instance at \(x), \(y)")
      }
    }
    #expect(changed > 100)
  }

  /// An object's colour follows its track, not its place among the frame's segments.
  @Test func aTrackKeepsItsColour() throws {
    let source = try Picture.flat(64, 48, "yuv420p", y: 80)
    func color(_ map: PanopticMap) throws -> [Int] {
      let canvas = try Scene.paint(source, map, style: Scene.bare())
      return [Picture.luma(canvas)[32, 24], Picture.plane(canvas, 1)[16, 12]]
    }
    let first = Scene.map(16, 12, segments: [(Scene.car, 5), (Scene.road, 0)]) { x, _ in
      x < 15 ? 0 : 1
    }
    let later = Scene.map(16, 12, segments: [(Scene.road, 0), (Scene.car, 5), (Scene.car, 6)]) {
      x, _ in x < 1 ? 0 : (x < 15 ? 1 : 2)
    }
    let other = Scene.map(16, 12, segments: [(Scene.car, 6), (Scene.road, 0)]) { x, _ in
      x < 15 ? 0 : 1
    }
    #expect(try color(first) == color(later))
    #expect(try color(first) != color(other))
  }

  private func hud(_ frame: Int, _ milliseconds: Double) -> HUDContent {
    var content = HUDContent(stageNames: ["read", "encoder"])
    content.frameNumber = frame
    content.timeSeconds = Double(frame) / 25
    content.framesPerSecond = milliseconds
    content.setMilliseconds(milliseconds, ofStage: 0)
    content.setMilliseconds(milliseconds, ofStage: 1)
    return content
  }

  /// The HUD's plate is in the upper left corner, and does not jitter with its figures.
  @Test func theHUDStaysInItsPlace() throws {
    var style = Scene.bare(alpha: 0)
    style.hud = true
    let source = try Picture.flat(640, 360, "yuv420p", y: 200)
    var places: [Plane] = []
    for (frame, milliseconds) in [(1, 1.0), (9, 8.8), (7, 0.4)] {
      let canvas = try Scene.paint(
        source, Scene.street(64, 36), style: style, hud: hud(frame, milliseconds))
      let luma = Picture.luma(canvas)
      let changed = try #require(luma.changed(from: Picture.luma(source)))
      #expect(changed.x.lowerBound > 0 && changed.y.lowerBound > 0)
      #expect(changed.x.upperBound < 320 && changed.y.upperBound < 180)
      places.append(Plane(width: changed.x.upperBound, height: changed.y.upperBound) { _, _ in 0 })
    }
    #expect(places.allSatisfy { $0 == places[0] })
  }

  /// White on the plate has a contrast of 4.5 or more (WCAG 2) over black and over white.
  @Test(arguments: [16, 235]) func textIsReadable(background: Int) throws {
    var style = Scene.bare(alpha: 0)
    style.hud = true
    let source = try Picture.flat(960, 540, "yuv420p", y: background)
    let luma = Picture.luma(
      try Scene.paint(source, Scene.street(64, 36), style: style, hud: hud(8, 8)))
    let inside = luma.changed(from: Picture.luma(source)) ?? (x: 20..<100, y: 20..<60)
    // The plate is the most frequent value of its rectangle, the strokes the brightest.
    var counts: [Int: Int] = [:]
    for y in inside.y { for x in inside.x { counts[luma[x, y], default: 0] += 1 } }
    let plate = try #require(counts.max { $0.value < $1.value }).key
    let text = try #require(counts.keys.filter { counts[$0]! > 20 && $0 != background }.max())
    func light(_ code: Int) -> Double {
      let value = Double(code - 16) / 219
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let contrast = (light(max(text, 220)) + 0.05) / (light(plate) + 0.05)
    #expect(text > 200)
    #expect(contrast >= 4.5, "contrast \(contrast)")
  }

  @Test(
    .enabled(if: allocation_counter_works(), "malloc belongs to the sanitizer"),
    arguments: ["yuv420p", "yuv420p10le", "nv12"])
  func paintingAllocatesNothing(format: String) throws {
    var style = OverlayStyle()
    style.legend = true
    let source = try Picture.random(320, 180, format)
    let canvas = try Picture.blank(320, 180, format, isFullRange: false, filledWith: 0)
    let painter = try OverlayPainter(
      classes: Scene.classes, style: style, sourceWidth: 320, sourceHeight: 180,
      orientation: .upright, format: source.format)
    let maps = [Scene.street(64, 36), Scene.street(64, 36, trackID: 12)]
    var content = hud(0, 1)
    // Other tests may have run on this thread, and counted.
    let before = allocation_counter_thread_total()
    for frame in 0..<60 {
      allocation_counter_watch_thread(frame >= 10)
      content.frameNumber = frame * 37
      content.setMilliseconds(Double(frame) * 3.7, ofStage: 1)
      try painter.paint(source: source, map: maps[frame % 2], hud: content, onto: canvas)
    }
    allocation_counter_watch_thread(false)
    #expect(allocation_counter_thread_total() == before)
  }

  @Test func framesThatDoNotFitAreRefused() throws {
    let source = try Picture.flat(64, 48, "yuv420p", y: 80)
    let painter = try OverlayPainter(
      classes: Scene.classes, style: OverlayStyle(), sourceWidth: 64, sourceHeight: 48,
      orientation: .upright, format: source.format)
    for (width, format) in [(66, "yuv420p"), (64, "yuv422p")] {
      let wrong = try Picture.blank(width, 48, format, isFullRange: false, filledWith: 0)
      #expect(throws: OverlayError.self) {
        try painter.paint(
          source: source, map: Scene.street(16, 12), hud: HUDContent(), onto: wrong)
      }
    }
  }
}
