/// Scratch memory that the layers of one stage share: they run one after the other.
///
/// Layers reserve what they need when they are created; the memory is taken at the first use.
public final class Workspace: @unchecked Sendable {
  private let parts: Int
  private var bytesPerPart = 0
  private var sharedBytes = 0
  private var memory: AlignedBuffer?

  /// - Parameter parts: how many threads may be inside a layer at once.
  public init(parts: Int) { self.parts = parts }

  /// A part's scratch needs at least this much.
  public func reserve(bytesPerPart: Int) {
    precondition(memory == nil)
    self.bytesPerPart = max(self.bytesPerPart, Self.rounded(bytesPerPart))
  }

  /// The scratch that all parts see needs at least this much.
  public func reserve(sharedBytes: Int) {
    precondition(memory == nil)
    self.sharedBytes = max(self.sharedBytes, Self.rounded(sharedBytes))
  }

  /// Takes the memory. Call once, after the last layer was created.
  public func allocate() {
    precondition(memory == nil)
    memory = AlignedBuffer(byteCount: sharedBytes + parts * bytesPerPart)
  }

  public func part(_ index: Int) -> UnsafeMutableRawPointer {
    memory!.base + sharedBytes + index * bytesPerPart
  }

  public var shared: UnsafeMutableRawPointer { memory!.base }

  private static func rounded(_ bytes: Int) -> Int { (bytes + 4095) / 4096 * 4096 }
}
