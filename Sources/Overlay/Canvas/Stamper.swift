import CKernels
import Media

/// Blends tiles of coverage in one colour onto a canvas, wherever upright is.
///
/// Chroma samples get the mean coverage of the luma samples they stand for.
final class Stamper {
  private let layout: SampleLayout
  private let turn: Turn
  private let kernels: UnsafePointer<ck_overlay_kernels>
  private let line: UnsafeMutablePointer<UInt8>
  private let sums: UnsafeMutablePointer<UInt16>
  private let chromaLine: UnsafeMutablePointer<UInt8>
  /// The planes drawn on, set for each frame.
  var planes: (luma: PlaneWindow, first: PlaneWindow?, second: PlaneWindow?)?

  init(layout: SampleLayout, turn: Turn, kernels: UnsafePointer<ck_overlay_kernels>) {
    self.layout = layout
    self.turn = turn
    self.kernels = kernels
    line = .allocate(capacity: turn.width + 1)
    sums = .allocate(capacity: turn.width + 1)
    chromaLine = .allocate(capacity: 2 * turn.width + 2)
  }

  deinit {
    line.deallocate()
    sums.deallocate()
    chromaLine.deallocate()
  }

  /// Blends `tile` with its upper left corner at upright (x, y); parts outside are cut off.
  func stamp(_ tile: CoverageTile, x: Int, y: Int, color: CodeColor) {
    let size = turn.uprightSize
    let rect = PixelRect(x: x, y: y, width: tile.width, height: tile.height).intersection(
      PixelRect(x: 0, y: 0, width: size.width, height: size.height))
    guard let planes, rect.area > 0 else { return }
    let stored = turn.stored(rect)
    let steps = turn.uprightSteps(rowStride: tile.width)
    let source = CoverageRows(
      samples: tile.samples + steps.origin - y * tile.width - x, right: steps.right,
      down: steps.down)
    let luma = UInt32(color.y.rounded())
    for row in stored.y..<stored.y + stored.height {
      let coverage = source.row(row, from: stored.x, count: stored.width, into: line)
      tint(planes.luma, row: row, from: stored.x, coverage, luma, luma, stored.width)
    }
    if let first = planes.first {
      stampChroma(source, stored, color, first, planes.second)
    }
  }

  private func stampChroma(
    _ source: CoverageRows, _ rect: PixelRect, _ color: CodeColor, _ first: PlaneWindow,
    _ second: PlaneWindow?
  ) {
    let across = layout.log2ChromaWidth
    let down = layout.log2ChromaHeight
    let left = rect.x >> across
    let count = ((rect.x + rect.width - 1) >> across) - left + 1
    let u = UInt32(color.u.rounded())
    let v = UInt32(color.v.rounded())
    for row in rect.y >> down...(rect.y + rect.height - 1) >> down {
      sums.initialize(repeating: 0, count: count)
      for y in max(row << down, rect.y)..<min((row + 1) << down, rect.y + rect.height) {
        let coverage = source.row(y, from: rect.x, count: rect.width, into: line)
        for x in 0..<rect.width { sums[((rect.x + x) >> across) - left] &+= UInt16(coverage[x]) }
      }
      let half = UInt16(1 << (across + down)) >> 1
      if let second {
        for x in 0..<count {
          chromaLine[x] = UInt8(truncatingIfNeeded: (sums[x] &+ half) >> UInt16(across + down))
        }
        tint(first, row: row, from: left, chromaLine, u, u, count)
        tint(second, row: row, from: left, chromaLine, v, v, count)
      } else {
        for x in 0..<count {
          let mean = UInt8(truncatingIfNeeded: (sums[x] &+ half) >> UInt16(across + down))
          chromaLine[2 * x] = mean
          chromaLine[2 * x + 1] = mean
        }
        let (even, odd) = layout.isVFirst ? (v, u) : (u, v)
        tint(first, row: row, from: 2 * left, chromaLine, even, odd, 2 * count)
      }
    }
  }

  private func tint(
    _ plane: PlaneWindow, row: Int, from: Int, _ coverage: UnsafePointer<UInt8>, _ even: UInt32,
    _ odd: UInt32, _ count: Int
  ) {
    let base = plane.row(row)
    if layout.bytesPerSample == 1 {
      kernels.pointee.tint8(
        base.assumingMemoryBound(to: UInt8.self) + from, coverage, even, odd, count)
    } else {
      kernels.pointee.tint16(
        base.assumingMemoryBound(to: UInt16.self) + from, coverage, even, odd, layout.shift, count)
    }
  }
}

/// An upright tile's coverage, read along rows of the stored picture.
private struct CoverageRows {
  let samples: UnsafeMutablePointer<UInt8>
  let right: Int
  let down: Int

  func row(
    _ y: Int, from x: Int, count: Int, into line: UnsafeMutablePointer<UInt8>
  ) -> UnsafePointer<UInt8> {
    let start = samples + y * down + x * right
    if right == 1 { return UnsafePointer(start) }
    for place in 0..<count { line[place] = start[place * right] }
    return UnsafePointer(line)
  }
}
