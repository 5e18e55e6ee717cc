import CKernels
import Media
import Panoptic

/// Draws parsing results onto frames of one size, orientation and pixel format.
///
/// All memory is taken at creation (and once more at the first map); painting a frame allocates
/// nothing. One thread at a time may use a painter.
public final class OverlayPainter: @unchecked Sendable {
  private let style: OverlayStyle
  private let width: Int
  private let height: Int
  private let format: PixelFormat
  private let layout: SampleLayout
  private let turn: Turn
  private let canvasSize: (width: Int, height: Int)
  private let kernels: UnsafePointer<ck_overlay_kernels>
  /// Where the annotated and, side by side, the untouched picture begin on the canvas.
  private let annotatedOrigin: (x: Int, y: Int)
  private let originalOrigin: (x: Int, y: Int)?
  private let paints: SegmentPaints
  private let stamper: Stamper
  private let writer: Writer
  private let hud: HUD
  private let legend: Legend
  private let labels: InstanceLabels
  private var mask: MaskPainter?
  private var space: CodeSpace?

  /// - Parameters:
  ///   - sourceWidth: width of the stored picture, in pixels, as for `sourceHeight`.
  ///   - orientation: how players turn the stored picture; text and map stand upright after that.
  ///   - format: the pixel format of both the source and the canvas frames.
  public init(
    classes: [ClassInfo], style: OverlayStyle, sourceWidth: Int, sourceHeight: Int,
    orientation: Orientation, format: PixelFormat
  ) throws(OverlayError) {
    guard [.gray, .planarYUV, .semiPlanarYUV].contains(format.layout), format.bitDepth <= 16 else {
      throw .unsupportedFormat(format.name)
    }
    self.style = style
    width = sourceWidth
    height = sourceHeight
    self.format = format
    layout = SampleLayout(format)
    turn = Turn(width: width, height: height, orientation: orientation)
    canvasSize = Self.canvasSize(
      sourceWidth: width, sourceHeight: height, orientation: orientation, style: style)
    kernels = ck_overlay(ck_isa_active())
    let panes = Self.panes(turn, canvasSize, style)
    annotatedOrigin = panes.annotated
    originalOrigin = panes.original

    let palette = Palette(classes: classes, choice: style.palette)
    paints = SegmentPaints(palette: palette, style: style)
    stamper = Stamper(layout: layout, turn: turn, kernels: kernels)
    let upright = turn.uprightSize
    writer = Writer(
      scale: TextScale(width: upright.width, height: upright.height), stamper: stamper)
    hud = HUD(writer: writer)
    legend = Legend(writer: writer, classes: classes, palette: palette)
    labels = InstanceLabels(
      writer: writer, classes: classes, palette: palette, pictureWidth: upright.width,
      pictureHeight: upright.height)
  }

  /// The canvas's size, stored, for a source of the given stored size: the same, or two of them
  /// beside each other as seen upright.
  public static func canvasSize(
    sourceWidth: Int, sourceHeight: Int, orientation: Orientation, style: OverlayStyle
  ) -> (width: Int, height: Int) {
    guard style.sideBySide else { return (sourceWidth, sourceHeight) }
    return orientation.quarterTurns % 2 == 0
      ? (paneOffset(sourceWidth) + sourceWidth, sourceHeight)
      : (sourceWidth, paneOffset(sourceHeight) + sourceHeight)
  }

  /// Where the second pane begins: a multiple of 4, so that chroma samples of any format fall
  /// between panes.
  private static func paneOffset(_ side: Int) -> Int { (side + 3) & ~3 }

  private static func panes(
    _ turn: Turn, _ canvas: (width: Int, height: Int), _ style: OverlayStyle
  ) -> (annotated: (x: Int, y: Int), original: (x: Int, y: Int)?) {
    guard style.sideBySide else { return ((0, 0), nil) }
    let whole = Turn(width: canvas.width, height: canvas.height, orientation: turn.orientation)
    let pane = turn.uprightSize
    let left = whole.stored(PixelRect(x: 0, y: 0, width: pane.width, height: pane.height))
    let right = whole.stored(
      PixelRect(
        x: whole.uprightSize.width - pane.width, y: 0, width: pane.width, height: pane.height))
    return ((right.x, right.y), (left.x, left.y))
  }

  /// Writes `source` with the overlay for `map` to `canvas`.
  ///
  /// `map` is upright and of any resolution; `source` is only read. Every sample of the canvas is
  /// written.
  public func paint(
    source: VideoFrame, map: PanopticMap, hud content: HUDContent, onto canvas: VideoFrame
  ) throws(OverlayError) {
    try check(source, "source", width, height)
    try check(canvas, "canvas", canvasSize.width, canvasSize.height)
    let space = CodeSpace(of: source, bitDepth: layout.bitDepth)
    if space != self.space {
      self.space = space
      paints.prepare(for: space)
      writer.prepare(for: space)
    }

    if let origin = originalOrigin {
      copyOriginal(source, to: canvas, at: origin)
    }
    let mask = maskPainter(for: map)
    mask.load(map)
    paints.assign(map)
    let layout = layout
    let origin = annotatedOrigin
    mask.paint(
      paints: paints.segments, source: { layout.window(source, plane: $0) },
      canvas: { layout.window(canvas, plane: $0, x: origin.x, y: origin.y) })
    drawText(map, content, canvas)
  }

  private func check(
    _ frame: VideoFrame, _ role: String, _ width: Int, _ height: Int
  ) throws(OverlayError) {
    let found = frame.format
    guard frame.width == width && frame.height == height && found.rawValue == format.rawValue
    else {
      throw .frameMismatch(
        role: role, expected: "\(width)x\(height) \(format.name)",
        found: "\(frame.width)x\(frame.height) \(found.name)")
    }
  }

  private func maskPainter(for map: PanopticMap) -> MaskPainter {
    if let mask, mask.mapWidth == map.width && mask.mapHeight == map.height { return mask }
    let made = MaskPainter(
      layout: layout, turn: turn, mapWidth: map.width, mapHeight: map.height,
      strokeWidth: max(1.2, Double(min(width, height)) / 540), kernels: kernels)
    mask = made
    return made
  }

  private func drawText(_ map: PanopticMap, _ content: HUDContent, _ canvas: VideoFrame) {
    let origin = annotatedOrigin
    guard let luma = layout.window(canvas, plane: 0, x: origin.x, y: origin.y) else { return }
    stamper.planes = (
      luma,
      layout.hasChroma ? layout.window(canvas, plane: 1, x: origin.x, y: origin.y) : nil,
      layout.planeCount == 3 ? layout.window(canvas, plane: 2, x: origin.x, y: origin.y) : nil
    )
    let hudRect = style.hud ? hud.frame(for: content) : nil
    let legendRect =
      style.legend ? legend.arrange(map, pictureHeight: turn.uprightSize.height) : nil
    if style.labels { labels.draw(map, avoiding: hudRect, legendRect) }
    if let legendRect { legend.draw(in: legendRect) }
    if style.hud { hud.draw(content) }
  }

  /// The untouched picture, and black between the panes where their sides leave a gap.
  private func copyOriginal(
    _ source: VideoFrame, to canvas: VideoFrame, at origin: (x: Int, y: Int)
  ) {
    for index in 0..<layout.planeCount {
      guard let from = layout.window(source, plane: index),
        let to = layout.window(canvas, plane: index, x: origin.x, y: origin.y)
      else { continue }
      let bytes = layout.bytes(inRowOf: index, lumaWidth: width)
      for y in 0..<layout.rows(ofPlane: index, lumaHeight: height) {
        to.row(y).copyMemory(from: from.row(y), byteCount: bytes)
      }
    }
  }
}
