/// A segment as COCO's panoptic JSON describes it (`segments_info`).
public struct AnnotatedSegment: Sendable, Equatable {
  /// Its value in the label map; 0 is void and describes no segment.
  public var id: UInt32
  /// `ClassInfo.id`.
  public var category: Int
  public var isCrowd: Bool

  public init(id: UInt32, category: Int, isCrowd: Bool = false) {
    self.id = id
    self.category = category
    self.isCrowd = isCrowd
  }
}

/// A panoptic segmentation in the form that metrics compare: an id for every pixel, 0 for
/// void, and what the ids are.
public struct LabelMap: Sendable {
  public var width: Int
  public var height: Int
  /// `width * height`, row-major.
  public var ids: [UInt32]
  public var segments: [AnnotatedSegment]

  public init(width: Int, height: Int, ids: [UInt32], segments: [AnnotatedSegment]) {
    precondition(ids.count == width * height, "an id for every pixel")
    self.width = width
    self.height = height
    self.ids = ids
    self.segments = segments
  }
}

extension LabelMap {
  /// What tells one thing of a class from another.
  public enum Identity: Sendable {
    /// The instance's number in its frame.
    case instance
    /// The number that tracking gave.
    case track
  }

  /// A panoptic map with the id (category + 1) * 2^20 + number of its things, for comparing;
  /// COCO's ids in files are `PanopticID`'s.
  public init(_ map: PanopticMap, classes: [ClassInfo], identity: Identity = .instance) {
    var ids = [UInt32](repeating: 0, count: map.width * map.height)
    var idOfSegment: [UInt32] = []
    var segments: [AnnotatedSegment] = []
    var known: Set<UInt32> = []
    for segment in map.segments {
      let number = identity == .track ? segment.trackID : segment.instance
      let id = UInt32(segment.classIndex + 1) << 20 | UInt32(number & 0xFFFFF)
      idOfSegment.append(id)
      if known.insert(id).inserted {
        segments.append(AnnotatedSegment(id: id, category: classes[segment.classIndex].id))
      }
    }
    for pixel in 0..<ids.count { ids[pixel] = idOfSegment[Int(map.indices[pixel])] }
    self.init(width: map.width, height: map.height, ids: ids, segments: segments)
  }
}

/// COCO's ids of panoptic segments.
public enum PanopticID {
  /// Instances of a class that `category * 1000 + instance` can tell apart.
  public static let instancesPerCategory = 1000
  /// Categories whose ids the 24 bits of a PNG's colours can hold.
  public static let categories = 0...(1 << 24) / instancesPerCategory - 1

  /// category * 1000 + instance.
  public static func id(category: Int, instance: Int) -> UInt32 {
    UInt32(category * instancesPerCategory + instance)
  }

  /// The colour that COCO's PNG files write for an id: id = R + 256 G + 65536 B.
  public static func color(_ id: UInt32) -> RGBColor {
    RGBColor(
      red: UInt8(truncatingIfNeeded: id), green: UInt8(truncatingIfNeeded: id >> 8),
      blue: UInt8(truncatingIfNeeded: id >> 16))
  }

  /// The id that a colour of COCO's PNG files stands for.
  public static func id(_ color: RGBColor) -> UInt32 {
    UInt32(color.red) | UInt32(color.green) << 8 | UInt32(color.blue) << 16
  }
}
