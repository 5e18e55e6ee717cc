/// When each layer of a network worked on one picture. One per slot of a pipeline, written by the
/// network's parts one after the other, each its own layers; memory is taken once.
public final class LayerTimes: @unchecked Sendable {
  public struct Span: Sendable, Hashable {
    /// On `CLOCK_MONOTONIC`, nanoseconds.
    public var begin: UInt64 = 0
    public var end: UInt64 = 0
    /// CPU time that all threads together spent on the layer, in nanoseconds; 0 where it was not
    /// measured (see `LayerClock`).
    public var core: UInt64 = 0

    public init() {}

    init(begin: UInt64, end: UInt64, core: UInt64) {
      self.begin = begin
      self.end = end
      self.core = core
    }
  }

  public let count: Int
  private let spans: UnsafeMutablePointer<Span>

  public init(count: Int) {
    self.count = count
    spans = .allocate(capacity: max(1, count))
    spans.initialize(repeating: Span(), count: count)
  }

  deinit { spans.deallocate() }

  public internal(set) subscript(layer: Int) -> Span {
    get {
      precondition(layer >= 0 && layer < count)
      return spans[layer]
    }
    set {
      precondition(layer >= 0 && layer < count)
      spans[layer] = newValue
    }
  }
}
