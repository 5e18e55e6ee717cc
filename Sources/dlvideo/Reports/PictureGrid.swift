import Panoptic

/// How the pixels of a panoptic map lie on the upright picture it belongs to: nearest neighbour,
/// picture pixel (x, y) showing map pixel (floor((x + 1/2) w / W), floor((y + 1/2) h / H)).
///
/// Areas and boxes that it gives are exactly those of the map painted at the picture's size.
package struct PictureGrid {
  package let width: Int
  package let height: Int
  /// For each picture column the map's column, and so for rows.
  package let columns: [Int]
  package let rows: [Int]
  /// The first picture column of each map column, and one past the last at the end.
  private let columnStarts: [Int]
  private let rowStarts: [Int]

  package init(pictureWidth: Int, pictureHeight: Int, mapWidth: Int, mapHeight: Int) {
    width = pictureWidth
    height = pictureHeight
    columns = Self.sources(pictureWidth, from: mapWidth)
    rows = Self.sources(pictureHeight, from: mapHeight)
    columnStarts = Self.starts(columns, mapWidth)
    rowStarts = Self.starts(rows, mapHeight)
  }

  private static func sources(_ count: Int, from mapCount: Int) -> [Int] {
    (0..<count).map { (2 * $0 + 1) * mapCount / (2 * count) }
  }

  private static func starts(_ sources: [Int], _ mapCount: Int) -> [Int] {
    var starts = [Int](repeating: sources.count, count: mapCount + 1)
    for (place, source) in sources.enumerated().reversed() { starts[source] = place }
    // A map column that no picture column shows begins where the next one does.
    for index in stride(from: mapCount - 1, through: 0, by: -1) {
      starts[index] = min(starts[index], starts[index + 1])
    }
    return starts
  }

  /// What a segment covers of the picture.
  package struct Extent: Equatable {
    package init() {}

    package var area = 0
    package var left = Int.max
    package var top = Int.max
    /// One past the last column and row.
    package var right = 0
    package var bottom = 0

    /// COCO's form: left, top, width, height; zeros for a segment that nothing shows.
    package var box: (x: Int, y: Int, width: Int, height: Int) {
      area == 0 ? (0, 0, 0, 0) : (left, top, right - left, bottom - top)
    }
  }

  /// The extents of the map's segments in the picture, one for each segment.
  package func measure(_ map: PanopticMap, into extents: inout [Extent]) {
    extents.removeAll(keepingCapacity: true)
    extents.append(contentsOf: repeatElement(Extent(), count: map.segments.count))
    extents.withUnsafeMutableBufferPointer { extents in
      for row in 0..<map.height {
        let top = rowStarts[row]
        let bottom = rowStarts[row + 1]
        guard bottom > top else { continue }
        let line = map.indices + row * map.width
        var column = 0
        while column < map.width {
          let segment = line[column]
          let first = column
          repeat { column += 1 } while column < map.width && line[column] == segment
          let left = columnStarts[first]
          let right = columnStarts[column]
          guard right > left, Int(segment) < extents.count else { continue }
          extents[Int(segment)].add(left: left, right: right, top: top, bottom: bottom)
        }
      }
    }
  }
}

extension PictureGrid.Extent {
  fileprivate mutating func add(left: Int, right: Int, top: Int, bottom: Int) {
    area += (right - left) * (bottom - top)
    self.left = min(self.left, left)
    self.right = max(self.right, right)
    self.top = min(self.top, top)
    self.bottom = max(self.bottom, bottom)
  }
}
