import Media
import Overlay
import Panoptic

/// The end of a frame's way: the canvas, what is drawn on it, and the file that it goes to.
final class FrameSink: @unchecked Sendable {
  let writer: MediaWriter
  /// From decoded pictures to the canvas's pixel format.
  let converter: FrameConverter
  private let painter: OverlayPainter

  /// Creates the output.
  init(
    _ output: String, source: FrameSource, classes: [ClassInfo], style: OverlayStyle,
    options: MediaWriter.Options
  ) throws {
    let orientation = source.reader.video.orientation
    // Two pictures beside each other have even sides whatever the encoder takes.
    let isEven = style.sideBySide
    var width = isEven ? max(2, source.first.width & ~1) : source.first.width
    var height = isEven ? max(2, source.first.height & ~1) : source.first.height
    let canvas = OverlayPainter.canvasSize(
      sourceWidth: width, sourceHeight: height, orientation: orientation, style: style)
    writer = try MediaWriter(
      output, from: source.reader, firstFrame: source.first, width: canvas.width,
      height: canvas.height, options: options)
    do {
      width -= canvas.width - writer.canvasWidth
      height -= canvas.height - writer.canvasHeight
      converter = try writer.makeConverter(width: width, height: height)
      painter = try OverlayPainter(
        classes: classes, style: style, sourceWidth: width, sourceHeight: height,
        orientation: orientation, format: writer.canvasFormat)
    } catch {
      writer.abandon()
      throw error
    }
    let writer = writer
    source.reader.packetSink = { try writer.copy($0) }
  }

  /// Draws the frame's picture and `map` onto its canvas.
  func paint(_ slot: FrameSlot, _ map: PanopticMap) throws {
    try writer.makeCanvas(slot.canvas)
    try slot.canvas.copyProperties(from: slot.source)
    try painter.paint(source: slot.source, map: map, hud: slot.hud, onto: slot.canvas)
    // The decoder gets its memory back while the frame is encoded.
    slot.source.clear()
    slot.decoded.clear()
  }

  func write(_ slot: FrameSlot) throws { try writer.write(slot.canvas) }
}
