import Glibc
import Media
import Panoptic

/// `--panoptic`: a folder in COCO's panoptic format, a PNG of ids (R + 256 G + 65536 B) for each
/// parsed frame and `panoptic.json` beside them.
///
/// The PNGs have the upright picture's size. The JSON grows with the frames and is whole once
/// the folder is closed.
final class PanopticFolder {
  static let indexName = "panoptic.json"
  static let suffix = ".png"

  private let path: String
  private let file: OutputFile
  private let classes: [ClassInfo]
  private var frames: [Int] = []
  private var json = JSONText()
  private var extents: [PictureGrid.Extent] = []
  private var picture: [UInt8] = []
  private var size = (width: 0, height: 0)

  init(_ path: String, classes: [ClassInfo], overwrites: Bool) throws {
    if mkdir(path, 0o777) != 0 && errno != EEXIST {
      throw Failure(.cannotCreateOutput, "cannot create the folder \(path): \(lastError)")
    }
    self.path = path
    self.classes = classes
    file = try OutputFile(path + "/" + Self.indexName, overwrites: overwrites)
    json.object {
      $0.array("categories") {
        for info in classes { $0.category(info) }
      }
    }
    // The object stays open: annotations follow frame by frame.
    try file.write(Array(json.bytes.dropLast()) + Array(",\n\"annotations\":[".utf8))
  }

  static func name(of frame: Int) -> String {
    let digits = String(frame)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + suffix
  }

  /// A picture of such a name that is in the folder already.
  static func firstPicture(in path: String) -> String? {
    guard let stream = opendir(path) else { return nil }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasSuffix(suffix), let frame = Int(name.dropLast(suffix.count)), frame >= 0,
        name == Self.name(of: frame)
      else { continue }
      return path + "/" + name
    }
    return nil
  }

  func write(frame: Int, map: PanopticMap, grid: PictureGrid) throws {
    grid.measure(map, into: &extents)
    paint(map, grid)
    try picture.withUnsafeBufferPointer {
      try ImageWriter.writePNG(
        rgb: $0.baseAddress!, width: grid.width, height: grid.height,
        to: path + "/" + Self.name(of: frame))
    }
    size = (grid.width, grid.height)
    json.removeAll()
    json.object { annotation in
      annotation.member("image_id", frame)
      annotation.member("file_name", Self.name(of: frame))
      annotation.array("segments_info") {
        for (segment, extent) in zip(map.segments, extents) where extent.area > 0 {
          $0.annotated(segment, extent, classes)
        }
      }
    }
    try file.write(frames.isEmpty ? "\n" : ",\n")
    try file.write(json.bytes)
    frames.append(frame)
  }

  /// Ends the JSON; the folder is a whole data set from here on.
  func close() throws {
    json.removeAll()
    json.array {
      for frame in frames {
        $0.object { image in
          image.member("id", frame)
          image.member("file_name", Self.name(of: frame))
          image.member("width", size.width)
          image.member("height", size.height)
        }
      }
    }
    try file.write("\n],\n\"images\":")
    try file.write(json.bytes)
    try file.write("}\n")
    try file.close()
  }

  private func paint(_ map: PanopticMap, _ grid: PictureGrid) {
    let rowBytes = grid.width * 3
    if picture.count != rowBytes * grid.height {
      picture = [UInt8](repeating: 0, count: rowBytes * grid.height)
    }
    let colors = map.segments.map { PanopticID.color(UInt32($0.cocoID(classes))) }
    var painted = -1
    for y in 0..<grid.height {
      let source = grid.rows[y]
      let base = y * rowBytes
      if source == painted {
        picture.withUnsafeMutableBytes {
          $0.baseAddress!.advanced(by: base).copyMemory(
            from: $0.baseAddress!.advanced(by: base - rowBytes), byteCount: rowBytes)
        }
        continue
      }
      painted = source
      let line = map.indices + source * map.width
      for x in 0..<grid.width {
        let color = colors[Int(line[grid.columns[x]])]
        picture[base + 3 * x] = color.red
        picture[base + 3 * x + 1] = color.green
        picture[base + 3 * x + 2] = color.blue
      }
    }
  }
}

extension JSONText {
  fileprivate mutating func annotated(
    _ segment: Segment, _ extent: PictureGrid.Extent, _ classes: [ClassInfo]
  ) {
    object {
      $0.member("id", segment.cocoID(classes))
      $0.member("category_id", classes[segment.classIndex].id)
      $0.member("area", extent.area)
      $0.box(extent)
      $0.member("iscrowd", 0)
    }
  }
}
