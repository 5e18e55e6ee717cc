import Panoptic

/// The plates "car #3 87%" at the instances, larger instances first, kept apart from each other and
/// from the HUD.
final class InstanceLabels {
  static let most = 64

  private let writer: Writer
  private let classes: [ClassInfo]
  private let palette: Palette
  private let picture: PixelRect
  /// Segments to label, largest first.
  private let order: UnsafeMutablePointer<Int>
  private let placed: UnsafeMutablePointer<PixelRect>
  private var placedCount = 0

  init(
    writer: Writer, classes: [ClassInfo], palette: Palette, pictureWidth: Int, pictureHeight: Int
  ) {
    self.writer = writer
    self.classes = classes
    self.palette = palette
    picture = PixelRect(x: 0, y: 0, width: pictureWidth, height: pictureHeight)
    order = .allocate(capacity: Self.most)
    placed = .allocate(capacity: Self.most + 2)
  }

  deinit {
    order.deallocate()
    placed.deallocate()
  }

  /// Draws the labels of a map's instances. `obstacles` are kept clear.
  func draw(_ map: PanopticMap, avoiding first: PixelRect?, _ second: PixelRect?) {
    placedCount = 0
    if let first { place(first) }
    if let second { place(second) }
    let count = sortLargest(map)
    for rank in 0..<count { draw(map.segments[order[rank]], in: map) }
  }

  private func place(_ rect: PixelRect) {
    placed[placedCount] = rect
    placedCount += 1
  }

  /// The instances worth a label in `order`; the number of them. Insertion sort: few, and no memory.
  private func sortLargest(_ map: PanopticMap) -> Int {
    var count = 0
    for index in map.segments.indices {
      let segment = map.segments[index]
      guard segment.isThing, classes.indices.contains(segment.classIndex),
        isLargeEnough(box(of: segment, in: map))
      else { continue }
      var at = count
      while at > 0 && map.segments[order[at - 1]].area < segment.area { at -= 1 }
      guard at < Self.most else { continue }
      var last = min(count, Self.most - 1)
      count = last + 1
      while last > at {
        order[last] = order[last - 1]
        last -= 1
      }
      order[at] = index
    }
    return count
  }

  private func isLargeEnough(_ box: PixelRect) -> Bool {
    let side = writer.scale.font.size
    return box.width >= side && box.height >= side && box.area >= 3 * side * side
  }

  /// The segment's box in pixels of the upright picture.
  private func box(of segment: Segment, in map: PanopticMap) -> PixelRect {
    let left = segment.box.x * picture.width / map.width
    let top = segment.box.y * picture.height / map.height
    return PixelRect(
      x: left, y: top,
      width: (segment.box.x + segment.box.width) * picture.width / map.width - left,
      height: (segment.box.y + segment.box.height) * picture.height / map.height - top)
  }

  private func draw(_ segment: Segment, in map: PanopticMap) {
    let scale = writer.scale
    let text = writer.text
    text.clear()
    text.append(classes[segment.classIndex].name)
    if segment.trackID != 0 {
      text.append(" #")
      text.append(segment.trackID)
    }
    text.append(" ")
    text.append(Double(min(max(segment.score, 0), 1)) * 100, decimals: 0)
    text.append("%")

    let bar = max(2, scale.font.size / 5)
    let width = bar + scale.font.width(of: text) + 2 * scale.padding.x
    let height = scale.font.capHeight + 2 * scale.padding.y
    guard width <= picture.width && height <= picture.height,
      let rect = position(width: width, height: height, at: box(of: segment, in: map))
    else { return }
    place(rect)

    writer.drawPlate(rect)
    let inset = max(1, scale.padding.y / 2)
    writer.drawSwatch(
      PixelRect(
        x: rect.x + inset, y: rect.y + inset, width: bar, height: rect.height - 2 * inset),
      radius: Double(bar) / 2,
      color: InstanceTones.tone(
        of: palette.colors[segment.classIndex],
        place: InstanceTones.place(identity: segment.identity)))
    writer.drawText(
      x: rect.x + bar + scale.padding.x, baseline: rect.y + scale.padding.y + scale.font.capHeight)
  }

  /// The first place without overlap: above the box, inside at its top, below, in its middle, then
  /// along its sides. Otherwise the one with the least overlap, unless that hides too much.
  private func position(width: Int, height: Int, at box: PixelRect) -> PixelRect? {
    let gap = max(1, writer.scale.font.size / 6)
    let middle = box.x + (box.width - width) / 2
    let above = box.y - height - gap
    let inside = box.y + gap
    let below = box.y + box.height + gap
    var best: (rect: PixelRect, overlap: Int)?
    for candidate in 0..<10 {
      let (x, y) =
        switch candidate {
        case 0: (middle, above)
        case 1: (middle, inside)
        case 2: (middle, below)
        case 3: (middle, box.y + (box.height - height) / 2)
        case 4: (box.x, above)
        case 5: (box.x + box.width - width, above)
        case 6: (middle, above - height - gap)
        case 7: (box.x + box.width + gap, inside)
        case 8: (box.x - width - gap, inside)
        default: (middle, below + height + gap)
        }
      let rect = PixelRect(
        x: min(max(x, 0), picture.width - width), y: min(max(y, 0), picture.height - height),
        width: width, height: height)
      var overlap = 0
      for index in 0..<placedCount { overlap += rect.intersection(placed[index]).area }
      if overlap == 0 { return rect }
      if best.map({ overlap < $0.overlap }) ?? true { best = (rect, overlap) }
    }
    guard let best, best.overlap * 5 < width * height else { return nil }
    return best.rect
  }
}
