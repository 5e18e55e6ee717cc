/// The instances that grouping found in one picture: what goes from grouping to fusion.
///
/// One belongs to each frame slot. All memory is taken at creation.
public final class InstanceSet: @unchecked Sendable {
  /// The most instances of a picture; weaker ones beyond are left out.
  public static let capacity = 1024
  /// In `cellInstance`: the cell belongs to no instance.
  public static let none: UInt16 = 0xFFFF

  /// One instance, in pixels of the network input.
  public struct Instance: Sendable, Equatable, BitwiseCopyable {
    /// x and y of the keypoints: the box's top-left, top-right, bottom-left and bottom-right
    /// pixels, then the centre of mass. Panoptic-DeepLab's decoding knows only the last.
    public var x: InlineKeypoints
    public var y: InlineKeypoints
    /// 0...1: the mean of the keypoints' scores.
    public var score: Float
    /// Square root of the box's area, for DeeperLab's assignment.
    public var scale: Float
    /// Where a pixel of this instance may be: first and last column and row.
    public var left: Float
    public var top: Float
    public var right: Float
    public var bottom: Float
    /// The thing class that most of its cells have.
    public var classIndex: Int

    /// Whether it fills its box, so that the box tells where it ends.
    public var isBoxlike = false

    /// Without a box: its pixels may be anywhere.
    init() {
      x = .zero
      y = .zero
      score = 0
      scale = 0
      left = -.infinity
      top = -.infinity
      right = .infinity
      bottom = .infinity
      classIndex = 0
    }

    /// Pixels of the box, both ends included; infinite without one.
    var boxArea: Float { (right - left + 1) * (bottom - top + 1) }
  }

  /// Five floats, one a keypoint.
  public typealias InlineKeypoints = SIMD8<Float>

  public let headHeight: Int
  public let headWidth: Int
  /// In the order of detection: best first, then the recovered ones.
  public internal(set) var instances: [Instance] = []
  /// `headHeight * headWidth`: the instance of each cell, or `none`.
  public let cellInstance: UnsafeMutablePointer<UInt16>
  /// `headHeight * headWidth`: the likeliest class of each cell.
  public let cellClass: UnsafeMutablePointer<UInt8>
  /// `headHeight * headWidth`: that class's probability.
  public let cellProbability: UnsafeMutablePointer<Float>
  /// By class index, 256 of them: stuff that covers too little to be in the picture; no cell is of
  /// such a class.
  let isAbsent: UnsafeMutablePointer<Bool>
  private let memory:
    (FixedBuffer<UInt16>, FixedBuffer<UInt8>, FixedBuffer<Float>, FixedBuffer<Bool>)

  public init(headHeight: Int, headWidth: Int) {
    self.headHeight = headHeight
    self.headWidth = headWidth
    let cells = headHeight * headWidth
    memory = (
      FixedBuffer(repeating: Self.none, count: cells), FixedBuffer(repeating: 0, count: cells),
      FixedBuffer(repeating: 0, count: cells),
      FixedBuffer(repeating: false, count: PanopticDecoder.mostClasses)
    )
    cellInstance = memory.0.base
    cellClass = memory.1.base
    cellProbability = memory.2.base
    isAbsent = memory.3.base
    instances.reserveCapacity(Self.capacity)
  }

  /// Forgets the picture before.
  func begin() {
    instances.removeAll(keepingCapacity: true)
    cellInstance.update(repeating: Self.none, count: headHeight * headWidth)
  }
}
