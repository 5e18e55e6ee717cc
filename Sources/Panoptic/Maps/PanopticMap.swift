/// One region of a panoptic map: a stuff class, or one instance of a thing class.
public struct Segment: Equatable, Sendable {
  /// The class's place in the model's class table.
  public var classIndex: Int
  public var isThing: Bool
  /// 1, 2, ... within the class for things, 0 for stuff.
  public var instance: Int
  /// The identity over time that tracking gave, stable from frame to frame; 0 without tracking.
  public var trackID: Int
  /// Pixels of the map.
  public var area: Int
  /// Bounding box in pixels of the map: left, top, width, height.
  public var box: (x: Int, y: Int, width: Int, height: Int)
  /// 0...1: the mean of the keypoints' scores for things, the mean class probability for stuff.
  public var score: Float

  public init(
    classIndex: Int, isThing: Bool, instance: Int, trackID: Int = 0, area: Int,
    box: (x: Int, y: Int, width: Int, height: Int), score: Float
  ) {
    self.classIndex = classIndex
    self.isThing = isThing
    self.instance = instance
    self.trackID = trackID
    self.area = area
    self.box = box
    self.score = score
  }

  public static func == (a: Segment, b: Segment) -> Bool {
    a.classIndex == b.classIndex && a.isThing == b.isThing && a.instance == b.instance
      && a.trackID == b.trackID && a.area == b.area && a.box == b.box && a.score == b.score
  }
}

/// A panoptic segmentation: for every pixel the index of its segment. There is no void.
///
/// Its resolution is the network input's. All memory is taken at creation, so that a frame's
/// slot can use one map again and again.
public final class PanopticMap: @unchecked Sendable {
  public let width: Int
  public let height: Int
  /// `width * height` indices into `segments`, row-major.
  public let indices: UnsafeMutablePointer<UInt16>
  /// The segments of the frame; capacity is kept from frame to frame.
  public var segments: [Segment] = []
  private let memory: FixedBuffer<UInt16>

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
    memory = FixedBuffer(repeating: 0, count: width * height)
    indices = memory.base
    segments.reserveCapacity(256 + InstanceSet.capacity)
  }
}
