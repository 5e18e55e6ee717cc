import Media
import Panoptic

/// Draws parsing results onto frames of one size, orientation and pixel format.
///
/// All memory is taken at creation (and once more at the first map); painting a frame allocates
/// nothing. One thread at a time may use a painter.
public final class OverlayPainter: @unchecked Sendable {
  let style: OverlayStyle
  let classes: [ClassInfo]
  let width: Int
  let height: Int
  let orientation: Orientation
  let format: PixelFormat

  /// - Parameters:
  ///   - sourceWidth: width of the stored picture, in pixels, as for `sourceHeight`.
  ///   - orientation: how players turn the stored picture; text and map stand upright after that.
  ///   - format: the pixel format of both the source and the canvas frames.
  public init(
    classes: [ClassInfo], style: OverlayStyle, sourceWidth: Int, sourceHeight: Int,
    orientation: Orientation, format: PixelFormat
  ) throws(OverlayError) {
    self.classes = classes
    self.style = style
    self.width = sourceWidth
    self.height = sourceHeight
    self.orientation = orientation
    self.format = format
    guard [.gray, .planarYUV, .semiPlanarYUV].contains(format.layout) else {
      throw .unsupportedFormat(format.name)
    }
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
  static func paneOffset(_ side: Int) -> Int { (side + 3) & ~3 }

  /// Writes `source` with the overlay for `map` to `canvas`.
  ///
  /// `map` is upright and of any resolution; `source` is only read.
  public func paint(
    source: VideoFrame, map: PanopticMap, hud: HUDContent, onto canvas: VideoFrame
  ) throws(OverlayError) {
    for index in 0..<format.planeCount {
      guard let from = source.plane(index), let to = canvas.plane(index) else { continue }
      let isChroma = index > 0
      let rows = isChroma ? -(-height >> format.log2ChromaHeight) : height
      let bytes = min(abs(from.bytesPerRow), abs(to.bytesPerRow))
      for y in 0..<rows {
        (to.base + y * to.bytesPerRow).copyMemory(
          from: from.base + y * from.bytesPerRow, byteCount: bytes)
      }
    }
  }
}
