import Panoptic

/// `--json`: a line for each frame, `{"frame", "pts", "time", "parsed", "segments": [...]}`.
///
/// Frames that `--every` leaves out carry the segments of the latest parsed one and say
/// `"parsed": false`. Areas and boxes are in pixels of the upright picture.
final class FrameLines {
  private let file: OutputFile
  private let classes: [ClassInfo]
  private var json = JSONText()
  private var segments: [Segment] = []
  private var extents: [PictureGrid.Extent] = []

  init(_ file: OutputFile, classes: [ClassInfo]) {
    self.file = file
    self.classes = classes
  }

  /// - Parameter map: the frame's result, nil where `--every` left it out.
  func write(
    frame: Int, pts: Int64?, seconds: Double?, map: PanopticMap?, grid: PictureGrid
  ) throws {
    if let map {
      segments.removeAll(keepingCapacity: true)
      segments.append(contentsOf: map.segments)
      grid.measure(map, into: &extents)
    }
    json.removeAll()
    json.object { line in
      line.member("frame", frame)
      if let pts { line.member("pts", Int(pts)) }
      line.member("time", seconds, places: 6)
      line.member("parsed", map != nil)
      line.array("segments") {
        for (segment, extent) in zip(segments, extents) where extent.area > 0 {
          $0.segment(segment, extent, classes)
        }
      }
    }
    json.newline()
    try file.write(json.bytes)
  }

  func close() throws { try file.close() }
}
