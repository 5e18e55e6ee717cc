import Panoptic

/// A made-up picture whose every pixel is known.
package struct TruthScene {
  package static let classes = [
    ClassInfo(id: 1, name: "sky", isThing: false), ClassInfo(id: 2, name: "road", isThing: false),
    ClassInfo(id: 3, name: "grass", isThing: false), ClassInfo(id: 4, name: "car", isThing: true),
    ClassInfo(id: 5, name: "person", isThing: true), ClassInfo(id: 6, name: "sign", isThing: true),
  ]
  package static let firstThing = 3

  package let width: Int
  package let height: Int
  /// Class index of every pixel.
  package var semantic: [UInt8]
  /// 1, 2, ... of things; 0 for stuff.
  package var instance: [UInt16]
  package private(set) var instanceCount = 0

  /// A sky over a road, with a meadow beside it.
  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    semantic = Array(repeating: 0, count: width * height)
    instance = Array(repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width where 2 * y > height {
        semantic[y * width + x] = 3 * x > 2 * width - y ? 2 : 1
      }
    }
  }

  package enum Outline: Sendable { case box, ellipse }

  /// Paints a thing over what is there; its sides may lie outside the frame.
  package mutating func paint(
    _ outline: Outline, classIndex: Int, x: Double, y: Double, width w: Double, height h: Double,
    id: Int? = nil
  ) {
    instanceCount += 1
    let id = UInt16(id ?? instanceCount)
    let (cx, cy, a, b) = (x + w / 2 - 0.5, y + h / 2 - 0.5, w / 2, h / 2)
    for row in max(Int(y) - 1, 0)..<max(min(Int(y + h) + 2, height), max(Int(y) - 1, 0)) {
      for column in max(Int(x) - 1, 0)..<max(min(Int(x + w) + 2, width), max(Int(x) - 1, 0)) {
        let (dx, dy) = ((Double(column) - cx) / a, (Double(row) - cy) / b)
        let isInside =
          switch outline {
          case .box: abs(dx) < 1 && abs(dy) < 1
          case .ellipse: dx * dx + dy * dy <= 1
          }
        guard isInside else { continue }
        semantic[row * width + column] = UInt8(classIndex)
        instance[row * width + column] = id
      }
    }
  }

  /// Whether all pixels of a box are stuff.
  package func isFree(x: Double, y: Double, width w: Double, height h: Double) -> Bool {
    guard x >= 0, y >= 0, x + w <= Double(width), y + h <= Double(height) else { return false }
    for row in Int(y)..<Int(y + h) {
      for column in Int(x)..<Int(x + w) where instance[row * width + column] != 0 { return false }
    }
    return true
  }

  /// Instances that others cover wholly have no pixels and count no longer.
  package var visibleInstances: Set<UInt16> { Set(instance).subtracting([0]) }

  /// The truth as metrics want it.
  package var labels: LabelMap {
    var segments: [UInt32: Int] = [:]
    var ids = [UInt32](repeating: 0, count: width * height)
    for pixel in ids.indices {
      let id =
        instance[pixel] == 0 ? UInt32(semantic[pixel]) + 1 : 1000 + UInt32(instance[pixel])
      ids[pixel] = id
      segments[id] = Self.classes[Int(semantic[pixel])].id
    }
    return LabelMap(
      width: width, height: height, ids: ids,
      segments: segments.sorted { $0.key < $1.key }
        .map { AnnotatedSegment(id: $0.key, category: $0.value) })
  }
}
