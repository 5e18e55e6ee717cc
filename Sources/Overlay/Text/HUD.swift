/// The plate in the upper left corner: frame, time, fps and the stages' milliseconds.
///
///     #1234      00:49.36
///     speed       31.2 fps
///     latency     48.0 ms
///     dropped           3
///     encoder     12.3 ms
///     ...
///
/// What counts most comes first: a low picture has no room for the last rows.
final class HUD {
  private let writer: Writer

  init(writer: Writer) { self.writer = writer }

  /// Where the HUD lies; its size depends only on the stages' names, so that it stays put.
  func frame(for content: HUDContent) -> PixelRect {
    let scale = writer.scale
    let font = scale.font
    var names = font.width(of: "latency")
    for name in content.stageNames { names = max(names, font.width(of: name)) }
    let numbers = font.width(of: "00000.0 ms")
    let top = font.width(of: "#000000") + font.width(of: "0:00:00.00")
    let gap = font.size
    let rows = rowCount(content)
    let inner = max(names + gap + numbers, top + gap)
    return PixelRect(
      x: scale.margin, y: scale.margin, width: inner + 2 * scale.padding.x,
      height: (rows - 1) * scale.lineHeight + font.capHeight + 3 * scale.padding.y)
  }

  private func rowCount(_ content: HUDContent) -> Int {
    2 + content.stageNames.count + (content.latencyMilliseconds == nil ? 0 : 1)
      + (content.droppedFrames == nil ? 0 : 1)
  }

  func draw(_ content: HUDContent) {
    let scale = writer.scale
    let rect = frame(for: content)
    let text = writer.text
    let left = rect.x + scale.padding.x
    let right = rect.x + rect.width - scale.padding.x
    var baseline = rect.y + scale.padding.y * 3 / 2 + scale.font.capHeight
    writer.drawPlate(rect)

    text.clear()
    text.append("#")
    text.append(content.frameNumber)
    writer.drawText(x: left, baseline: baseline)
    text.clear()
    if let time = content.timeSeconds { text.append(timeSeconds: time) } else { text.append("–") }
    writer.drawTextRight(x: right, baseline: baseline)
    baseline += scale.lineHeight

    row("speed", content.framesPerSecond, " fps", left, right, baseline)
    if let latency = content.latencyMilliseconds {
      baseline += scale.lineHeight
      row("latency", latency, " ms", left, right, baseline)
    }
    if let dropped = content.droppedFrames {
      baseline += scale.lineHeight
      text.clear()
      text.append("dropped")
      writer.drawText(x: left, baseline: baseline, ink: .dim)
      text.clear()
      text.append(dropped)
      writer.drawTextRight(x: right, baseline: baseline)
    }
    for index in content.stageNames.indices {
      baseline += scale.lineHeight
      row(
        content.stageNames[index], content.stageMilliseconds[index], " ms", left, right, baseline)
    }
  }

  private func row(
    _ name: String, _ value: Double?, _ unit: String, _ left: Int, _ right: Int, _ baseline: Int
  ) {
    let text = writer.text
    text.clear()
    text.append(name)
    writer.drawText(x: left, baseline: baseline, ink: .dim)
    text.clear()
    if let value { text.append(value, decimals: 1) } else { text.append("–") }
    // Units are right-aligned in a column of their own, so that digits keep their places.
    writer.drawTextRight(
      x: right - writer.scale.font.width(of: " fps"), baseline: baseline)
    text.clear()
    text.append(unit)
    writer.drawText(
      x: right - writer.scale.font.width(of: " fps"), baseline: baseline, ink: .dim)
  }
}
