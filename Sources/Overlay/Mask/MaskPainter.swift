import CKernels
import Media
import Panoptic

/// Blends a panoptic map's colours and contours over a picture while copying it to the canvas.
///
/// One pass over the picture: for each row of the map's quads the boundaries are traced once, then
/// each row of samples between them is read, blended and written, plane by plane.
final class MaskPainter {
  let mapWidth: Int
  let mapHeight: Int
  private let layout: SampleLayout
  private let turn: Turn
  private let kernels: UnsafePointer<ck_overlay_kernels>
  /// The map as stored, with one pixel repeated on each side.
  private let stride: Int
  private let storedWidth: Int
  private let storedHeight: Int
  private let labels: UnsafeMutablePointer<UInt16>
  private let votes: UnsafeMutablePointer<UInt8>
  private let lumaAxes: (x: SampleAxis, y: SampleAxis)
  private let chromaAxes: (x: SampleAxis, y: SampleAxis)
  private let spans: UnsafeMutablePointer<ck_overlay_span>
  private let edges: UnsafeMutablePointer<ck_overlay_edge>
  private let distances: UnsafeMutablePointer<Float>
  /// Rows of keep, add and add, then pairs of keep and pairs of add for interleaved samples.
  private let words: UnsafeMutablePointer<UInt32>
  private let wordsPerRow: Int
  let strokeWidth: Float

  init(
    layout: SampleLayout, turn: Turn, mapWidth: Int, mapHeight: Int, strokeWidth: Double,
    kernels: UnsafePointer<ck_overlay_kernels>
  ) {
    self.layout = layout
    self.turn = turn
    self.mapWidth = mapWidth
    self.mapHeight = mapHeight
    self.kernels = kernels
    let turns = turn.orientation.quarterTurns
    (storedWidth, storedHeight) = turns % 2 == 0 ? (mapWidth, mapHeight) : (mapHeight, mapWidth)
    stride = storedWidth + 2
    labels = .allocate(capacity: stride * (storedHeight + 2))
    votes = .allocate(capacity: stride * (storedHeight + 2))
    spans = .allocate(capacity: stride)
    edges = .allocate(capacity: stride)

    // Chroma lies at the first of its luma samples in a row and midway between the rows, the
    // siting of MPEG-2 and of H.264's default.
    let chromaRowOffset = Double((1 << layout.log2ChromaHeight) - 1) / 2
    lumaAxes = (
      SampleAxis(lumaCount: turn.width, log2Step: 0, offset: 0, mapCount: storedWidth),
      SampleAxis(lumaCount: turn.height, log2Step: 0, offset: 0, mapCount: storedHeight)
    )
    chromaAxes = (
      SampleAxis(
        lumaCount: turn.width, log2Step: layout.log2ChromaWidth, offset: 0, mapCount: storedWidth),
      SampleAxis(
        lumaCount: turn.height, log2Step: layout.log2ChromaHeight, offset: chromaRowOffset,
        mapCount: storedHeight)
    )
    wordsPerRow = 2 * turn.width + 2
    words = .allocate(capacity: 5 * wordsPerRow)

    // A straight edge has 12 of 16 votes half a map pixel inside, and all of them one further.
    let scale =
      (Double(turn.width) / Double(storedWidth) * Double(turn.height) / Double(storedHeight))
      .squareRoot()
    distances = .allocate(capacity: 17)
    for vote in 0...16 {
      let share = Double(vote) / 16
      let pixels = share <= 0.75 ? (share - 0.5) * 2 : 0.5 + (share - 0.75) * 4
      distances[vote] = Float(pixels * scale)
    }
    // Distances end at 1.5 map pixels; a wider stroke would never end.
    self.strokeWidth = Float(max(0, min(strokeWidth, 1.5 * scale - 0.5)))
  }

  deinit {
    labels.deallocate()
    votes.deallocate()
    spans.deallocate()
    edges.deallocate()
    distances.deallocate()
    words.deallocate()
  }

  /// Takes over the map's labels, turned as the picture is stored. Labels that are no segment's
  /// become the number of segments.
  func load(_ map: PanopticMap) {
    let mapTurn = Turn(width: storedWidth, height: storedHeight, orientation: turn.orientation)
    let steps = mapTurn.uprightSteps(rowStride: mapWidth)
    let limit = UInt16(clamping: map.segments.count)
    for y in 0..<storedHeight {
      let row = labels + (y + 1) * stride
      let source = map.indices + steps.origin + y * steps.down
      if steps.right == 1 {
        for x in 0..<storedWidth { row[x + 1] = min(source[x], limit) }
      } else {
        for x in 0..<storedWidth { row[x + 1] = min(source[x * steps.right], limit) }
      }
      row[0] = row[1]
      row[storedWidth + 1] = row[storedWidth]
    }
    labels.update(from: labels + stride, count: stride)
    let last = storedHeight * stride
    (labels + last + stride).update(from: labels + last, count: stride)

    for y in 1...storedHeight {
      let row = labels + y * stride + 1
      let result = votes + y * stride
      kernels.pointee.votes(result + 1, row - stride, row, row + stride, storedWidth)
      result[0] = result[1]
      result[storedWidth + 1] = result[storedWidth]
    }
    votes.update(from: votes + stride, count: stride)
    (votes + last + stride).update(from: votes + last, count: stride)
  }

  /// Blends the loaded map over `source` into `canvas`.
  ///
  /// `paints` has an entry for each segment and one for pixels of none.
  func paint(
    paints: UnsafePointer<ck_overlay_segment>, source: (Int) -> PlaneWindow?,
    canvas: (Int) -> PlaneWindow?
  ) {
    guard let lumaSource = source(0), let lumaCanvas = canvas(0) else { return }
    let first = layout.hasChroma ? (source(1), canvas(1)) : (nil, nil)
    let second = layout.planeCount == 3 ? (source(2), canvas(2)) : (nil, nil)
    for quadRow in 0...storedHeight {
      let top = labels + quadRow * stride
      let topVotes = votes + quadRow * stride
      var quads = ck_overlay_quad_row(
        top: top, bottom: top + stride, votes_top: topVotes, votes_bottom: topVotes + stride,
        quads: storedWidth + 1, segments: paints, distances: distances, stroke_width: strokeWidth)
      let spanCount = ck_overlay_trace(&quads, spans, edges)
      for y in rows(lumaAxes.y, quadRow) {
        computeRow(&quads, spanCount, lumaAxes, y, 0, 1)
        blend(lumaSource.row(y), lumaCanvas.row(y), keep: 0, add: 1, count: turn.width)
      }
      guard let from = first.0, let to = first.1 else { continue }
      let width = Float(1 << layout.log2ChromaWidth) * Float(1 << layout.log2ChromaHeight)
      let count = chromaAxes.x.samples
      for y in rows(chromaAxes.y, quadRow) {
        computeRow(&quads, spanCount, chromaAxes, y, 1, width.squareRoot())
        if let secondFrom = second.0, let secondTo = second.1 {
          blend(from.row(y), to.row(y), keep: 0, add: 1, count: count)
          blend(secondFrom.row(y), secondTo.row(y), keep: 0, add: 2, count: count)
        } else {
          interleave(count)
          blend(from.row(y), to.row(y), keep: 3, add: 4, count: 2 * count)
        }
      }
    }
  }

  private func rows(_ axis: SampleAxis, _ quadRow: Int) -> Range<Int> {
    Int(axis.firstSample[quadRow])..<Int(axis.firstSample[quadRow + 1])
  }

  private func words8(_ row: Int) -> UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(words + row * wordsPerRow).assumingMemoryBound(to: UInt16.self)
  }

  private func words16(_ row: Int) -> UnsafeMutablePointer<UInt32> { words + row * wordsPerRow }

  /// Fills rows 0 (keep), 1 (add) and for chroma 2 (add of V).
  private func computeRow(
    _ quads: inout ck_overlay_quad_row, _ spanCount: Int, _ axes: (x: SampleAxis, y: SampleAxis),
    _ y: Int, _ component: Int32, _ sampleWidth: Float
  ) {
    var row = ck_overlay_row(
      columns: axes.x.firstSample, across: axes.x.fraction, down: axes.y.fraction[y],
      sample_width: sampleWidth)
    if layout.bytesPerSample == 1 {
      ck_overlay_row8(
        &quads, spans, spanCount, edges, &row, component, words8(0), words8(1),
        component == 0 ? nil : words8(2))
    } else {
      ck_overlay_row16(
        &quads, spans, spanCount, edges, &row, component, words16(0), words16(1),
        component == 0 ? nil : words16(2))
    }
  }

  private func interleave(_ count: Int) {
    let (u, v) = layout.isVFirst ? (2, 1) : (1, 2)
    if layout.bytesPerSample == 1 {
      ck_overlay_interleave8(words8(0), words8(u), words8(v), words8(3), words8(4), count)
    } else {
      ck_overlay_interleave16(words16(0), words16(u), words16(v), words16(3), words16(4), count)
    }
  }

  private func blend(
    _ source: UnsafeMutableRawPointer, _ canvas: UnsafeMutableRawPointer, keep: Int, add: Int,
    count: Int
  ) {
    if layout.bytesPerSample == 1 {
      kernels.pointee.blend8(
        canvas.assumingMemoryBound(to: UInt8.self), source.assumingMemoryBound(to: UInt8.self),
        words8(keep), words8(add), count)
    } else {
      kernels.pointee.blend16(
        canvas.assumingMemoryBound(to: UInt16.self), source.assumingMemoryBound(to: UInt16.self),
        words16(keep), words16(add), layout.shift, count)
    }
  }
}
