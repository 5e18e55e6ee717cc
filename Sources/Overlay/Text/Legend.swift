import Panoptic

/// The plate in the lower left corner: the colours and names of the classes in sight, in the order
/// of the class table.
final class Legend {
  private let writer: Writer
  private let classes: [ClassInfo]
  private let palette: Palette
  private let nameWidth: Int
  private var isPresent: [Bool]

  init(writer: Writer, classes: [ClassInfo], palette: Palette) {
    self.writer = writer
    self.classes = classes
    self.palette = palette
    nameWidth = classes.map { writer.scale.font.width(of: $0.name) }.max() ?? 0
    isPresent = Array(repeating: false, count: classes.count)
  }

  /// Finds the classes in sight; returns where the legend will lie, nil when there are none.
  func arrange(_ map: PanopticMap, pictureHeight: Int) -> PixelRect? {
    for index in isPresent.indices { isPresent[index] = false }
    for segment in map.segments
    where isPresent.indices.contains(segment.classIndex) && segment.area > 0 {
      isPresent[segment.classIndex] = true
    }
    var rows = 0
    for present in isPresent where present { rows += 1 }
    guard rows > 0 else { return nil }
    let scale = writer.scale
    let height = (rows - 1) * scale.lineHeight + scale.font.capHeight + 3 * scale.padding.y
    return PixelRect(
      x: scale.margin, y: pictureHeight - scale.margin - height,
      width: nameWidth + 3 * scale.padding.x + swatchSide, height: height)
  }

  private var swatchSide: Int { writer.scale.font.capHeight + 2 }

  func draw(in rect: PixelRect) {
    let scale = writer.scale
    writer.drawPlate(rect)
    var baseline = rect.y + scale.padding.y * 3 / 2 + scale.font.capHeight
    let left = rect.x + scale.padding.x
    for index in classes.indices where isPresent[index] {
      writer.drawSwatch(
        PixelRect(
          x: left, y: baseline - scale.font.capHeight - 1, width: swatchSide, height: swatchSide),
        radius: Double(swatchSide) / 5, color: palette.colors[index])
      writer.text.clear()
      writer.text.append(classes[index].name)
      writer.drawText(x: left + swatchSide + scale.padding.x, baseline: baseline)
      baseline += scale.lineHeight
    }
  }
}
