import Media
import Overlay
import Panoptic
import Testing

/// Road and sky are stuff, cars are things.
enum Scene {
  static let classes = [
    ClassInfo(id: 0, name: "road", isThing: false, color: RGBColor(red: 128, green: 64, blue: 128)),
    ClassInfo(id: 1, name: "car", isThing: true, color: RGBColor(red: 20, green: 39, blue: 190)),
    ClassInfo(id: 2, name: "sky", isThing: false, color: RGBColor(red: 240, green: 230, blue: 90)),
  ]
  static let road = 0
  static let car = 1
  static let sky = 2

  /// Nothing but the class colours.
  static func bare(alpha: Double = 0.45) -> OverlayStyle {
    var style = OverlayStyle()
    style.alpha = alpha
    style.contours = false
    style.labels = false
    style.hud = false
    return style
  }

  /// A map whose segments' areas and boxes are found from its labels.
  static func map(
    _ width: Int, _ height: Int, segments: [(classIndex: Int, trackID: Int)],
    label: (Int, Int) -> Int
  ) -> PanopticMap {
    let map = PanopticMap(width: width, height: height)
    var bounds = segments.map { _ in (left: width, top: height, right: -1, bottom: -1, area: 0) }
    for y in 0..<height {
      for x in 0..<width {
        let found = label(x, y)
        map.indices[y * width + x] = UInt16(found)
        guard bounds.indices.contains(found) else { continue }
        let old = bounds[found]
        bounds[found] = (
          min(old.left, x), min(old.top, y), max(old.right, x), max(old.bottom, y), old.area + 1
        )
      }
    }
    for (place, segment) in segments.enumerated() {
      let found = bounds[place]
      map.segments.append(
        Segment(
          classIndex: segment.classIndex, isThing: classes[segment.classIndex].isThing,
          instance: classes[segment.classIndex].isThing ? place + 1 : 0,
          trackID: segment.trackID, area: found.area,
          box: (
            found.left, found.top, max(found.right - found.left + 1, 0),
            max(found.bottom - found.top + 1, 0)
          ), score: 0.87))
    }
    return map
  }

  /// One segment everywhere.
  static func uniform(_ width: Int, _ height: Int, classIndex: Int) -> PanopticMap {
    map(width, height, segments: [(classIndex, 0)]) { _, _ in 0 }
  }

  /// Sky above road, and a car shaped like an L, which no turn or mirroring leaves as it is.
  static func street(_ width: Int, _ height: Int, trackID: Int = 3) -> PanopticMap {
    map(width, height, segments: [(sky, 0), (road, 0), (car, trackID)]) { x, y in
      let column = 12 * x / width
      let row = 12 * y / height
      let inUpright = (2...4).contains(column) && (3...9).contains(row)
      let inFoot = (2...8).contains(column) && (7...9).contains(row)
      return inUpright || inFoot ? 2 : (row < 5 ? 0 : 1)
    }
  }

  /// A painter and a canvas for `source`, and the painting done.
  static func paint(
    _ source: VideoFrame, _ map: PanopticMap, style: OverlayStyle,
    orientation: Orientation = .upright, hud: HUDContent = HUDContent()
  ) throws -> VideoFrame {
    let painter = try OverlayPainter(
      classes: classes, style: style, sourceWidth: source.width, sourceHeight: source.height,
      orientation: orientation, format: source.format)
    let size = OverlayPainter.canvasSize(
      sourceWidth: source.width, sourceHeight: source.height, orientation: orientation, style: style
    )
    let canvas = try Picture.blank(
      size.width, size.height, source.format.name, isFullRange: source.isFullRange, filledWith: 0x55
    )
    try painter.paint(source: source, map: map, hud: hud, onto: canvas)
    return canvas
  }
}
