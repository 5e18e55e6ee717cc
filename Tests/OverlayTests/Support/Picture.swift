import Media
import SeededRandom
import Testing

/// One component (Y, U or V) of a frame, its samples taken out of their words.
struct Plane: Equatable {
  var width: Int
  var height: Int
  var samples: [Int]

  subscript(x: Int, y: Int) -> Int { samples[y * width + x] }

  /// As seen after mirroring and then turning clockwise by quarter turns.
  func turned(_ orientation: Orientation) -> Plane {
    var result = self
    if orientation.isMirrored {
      result = Plane(width: width, height: height) { x, y in self[width - 1 - x, y] }
    }
    for _ in 0..<orientation.quarterTurns {
      let before = result
      result = Plane(width: before.height, height: before.width) { x, y in
        before[y, before.height - 1 - x]
      }
    }
    return result
  }

  func columns(_ range: Range<Int>) -> Plane {
    Plane(width: range.count, height: height) { x, y in self[range.lowerBound + x, y] }
  }

  init(width: Int, height: Int, sample: (Int, Int) -> Int) {
    self.width = width
    self.height = height
    samples = []
    samples.reserveCapacity(width * height)
    for y in 0..<height {
      for x in 0..<width { samples.append(sample(x, y)) }
    }
  }

  /// The largest difference of any sample.
  func difference(from other: Plane) -> Int {
    guard width == other.width && height == other.height else { return .max }
    return zip(samples, other.samples).map { abs($0 - $1) }.max() ?? 0
  }

  /// The smallest rectangle around all samples that differ, as half-open ranges.
  func changed(from other: Plane) -> (x: Range<Int>, y: Range<Int>)? {
    var found: (x: Range<Int>, y: Range<Int>)?
    for y in 0..<height {
      for x in 0..<width where self[x, y] != other[x, y] {
        let old = found ?? (x..<x, y..<y)
        found = (
          min(old.x.lowerBound, x)..<max(old.x.upperBound, x + 1),
          min(old.y.lowerBound, y)..<max(old.y.upperBound, y + 1)
        )
      }
    }
    return found
  }
}

enum Picture {
  /// A frame all of whose bytes, padding included, are `byte`.
  static func blank(
    _ width: Int, _ height: Int, _ format: String, isFullRange: Bool = false,
    filledWith byte: UInt8 = 0
  ) throws -> VideoFrame {
    let frame = try #require(
      VideoFrame.allocate(
        width: width, height: height, pixelFormatName: format, isFullRange: isFullRange))
    for index in 0..<frame.format.planeCount {
      let plane = try #require(frame.plane(index))
      let rows = index == 0 ? height : -(-height >> frame.format.log2ChromaHeight)
      plane.base.initializeMemory(as: UInt8.self, repeating: byte, count: rows * plane.bytesPerRow)
    }
    return frame
  }

  /// A frame of random samples over all code values.
  static func random(
    _ width: Int, _ height: Int, _ format: String, isFullRange: Bool = false, seed: UInt64 = 1
  ) throws -> VideoFrame {
    let frame = try blank(width, height, format, isFullRange: isFullRange)
    var generator = SplitMix(seed: seed)
    fill(frame) { _, _, _ in
      Int.random(in: 0..<(1 << frame.format.bitDepth), using: &generator)
    }
    return frame
  }

  /// A frame of one colour, given in code values.
  static func flat(
    _ width: Int, _ height: Int, _ format: String, y luma: Int, chroma: Int? = nil
  ) throws -> VideoFrame {
    let frame = try blank(width, height, format)
    fill(frame) { component, _, _ in
      component == 0 ? luma : chroma ?? 1 << (frame.format.bitDepth - 1)
    }
    return frame
  }

  /// Sets every sample of every component.
  static func fill(_ frame: VideoFrame, sample: (Int, Int, Int) -> Int) {
    for component in 0..<components(frame) {
      visit(frame, component) { x, y, pointer in
        let value = sample(component, x, y)
        if frame.format.bitDepth > 8 {
          pointer.storeBytes(of: UInt16(value << frame.format.shift), as: UInt16.self)
        } else {
          pointer.storeBytes(of: UInt8(value), as: UInt8.self)
        }
      }
    }
  }

  static func components(_ frame: VideoFrame) -> Int { frame.format.layout == .gray ? 1 : 3 }

  /// Y, U or V of a frame.
  static func plane(_ frame: VideoFrame, _ component: Int) -> Plane {
    let size = size(frame, component)
    var samples = [Int](repeating: 0, count: size.width * size.height)
    visit(frame, component) { x, y, pointer in
      samples[y * size.width + x] =
        frame.format.bitDepth > 8
        ? Int(pointer.load(as: UInt16.self)) >> frame.format.shift
        : Int(pointer.load(as: UInt8.self))
    }
    return Plane(width: size.width, height: size.height) { x, y in samples[y * size.width + x] }
  }

  static func luma(_ frame: VideoFrame) -> Plane { plane(frame, 0) }

  static func planes(_ frame: VideoFrame) -> [Plane] {
    (0..<components(frame)).map { plane(frame, $0) }
  }

  private static func size(_ frame: VideoFrame, _ component: Int) -> (width: Int, height: Int) {
    guard component > 0 else { return (frame.width, frame.height) }
    let format = frame.format
    return (
      -(-frame.width >> format.log2ChromaWidth), -(-frame.height >> format.log2ChromaHeight)
    )
  }

  private static func visit(
    _ frame: VideoFrame, _ component: Int, body: (Int, Int, UnsafeMutableRawPointer) -> Void
  ) {
    let format = frame.format
    let bytes = format.bitDepth > 8 ? 2 : 1
    let isInterleaved = component > 0 && format.layout == .semiPlanarYUV
    let isVFirst = format.name == "nv21" || format.name == "nv42"
    guard let plane = frame.plane(isInterleaved ? 1 : component) else { return }
    let offset = isInterleaved && (component == 2) != isVFirst ? bytes : 0
    let step = isInterleaved ? 2 * bytes : bytes
    let size = size(frame, component)
    for y in 0..<size.height {
      for x in 0..<size.width { body(x, y, plane.base + y * plane.bytesPerRow + x * step + offset) }
    }
  }
}
