import CKernels
import Panoptic

/// What each segment of a frame is painted with, in the frame's code values.
///
/// The paints of every class and tone are computed once; a frame only looks them up.
final class SegmentPaints {
  private let palette: Palette
  private let style: OverlayStyle
  /// Per class, the paint of stuff and then one per instance tone.
  private var prepared: [ck_overlay_segment] = []
  private var capacity = 1024
  /// One entry a segment and one for pixels of none.
  private(set) var segments: UnsafeMutablePointer<ck_overlay_segment>
  private var untouched = ck_overlay_segment()

  init(palette: Palette, style: OverlayStyle) {
    self.palette = palette
    self.style = style
    segments = .allocate(capacity: capacity)
  }

  deinit { segments.deallocate() }

  /// Recomputes the paints for a way of coding colours.
  func prepare(for space: CodeSpace) {
    let opacity = min(max(style.alpha, 0), 1)
    prepared = palette.colors.flatMap { color in
      [Self.segment(color, opacity, space, hasStroke: false)]
        + (0..<InstanceTones.count).map { place in
          Self.segment(
            InstanceTones.tone(of: color, place: place), opacity, space, hasStroke: style.contours)
        }
    }
    untouched = Self.segment(
      RGBColor(red: 0, green: 0, blue: 0), 0, space, hasStroke: false)
  }

  /// Looks up the paints of a frame's segments.
  func assign(_ map: PanopticMap) {
    let count = map.segments.count
    if count + 1 > capacity {
      segments.deallocate()
      capacity = 2 * (count + 1)
      segments = .allocate(capacity: capacity)
    }
    for index in 0..<count {
      let segment = map.segments[index]
      let place = segment.isThing ? 1 + InstanceTones.place(identity: segment.identity) : 0
      let at = segment.classIndex * (1 + InstanceTones.count) + place
      segments[index] = prepared.indices.contains(at) ? prepared[at] : untouched
    }
    segments[count] = untouched
  }

  private static func segment(
    _ color: RGBColor, _ opacity: Double, _ space: CodeSpace, hasStroke: Bool
  ) -> ck_overlay_segment {
    ck_overlay_segment(
      fill: paint(color, opacity, space),
      stroke: paint(ContourColor.color(for: color), ContourColor.opacity, space),
      has_stroke: hasStroke)
  }

  /// `keep` and the `add` of each component, rounding included (overlay.h).
  static func paint(_ color: RGBColor, _ opacity: Double, _ space: CodeSpace) -> SIMD4<Float> {
    let one: Double = space.bitDepth > 8 ? 32768 : 256
    let weight = (one * opacity).rounded()
    let code = space.code(color)
    func add(_ value: Double) -> Float { Float((weight * value).rounded() + one / 2) }
    return SIMD4(Float(one - weight), add(code.y), add(code.u), add(code.v))
  }
}

/// The line along an instance's inner edge: its tone, much lighter.
enum ContourColor {
  static let opacity = 0.92

  static func color(for tone: RGBColor) -> RGBColor {
    func lighten(_ value: UInt8) -> UInt8 { UInt8((255 - (255 - Double(value)) * 0.38).rounded()) }
    return RGBColor(
      red: lighten(tone.red), green: lighten(tone.green), blue: lighten(tone.blue))
  }
}

extension Segment {
  /// What tells an instance from others of its class: the track where there is one.
  var identity: Int { trackID != 0 ? trackID : instance }
}
