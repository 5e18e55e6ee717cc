import Foundation

/// Watches the feature maps of a float32 network at work and says which range of values each should
/// have in int8. It looks twice at the same pictures: first for the extremes, then for how often
/// each value between them occurs.
public final class RangeRecorder: @unchecked Sendable {
  private struct Map {
    var lo: Float = .infinity
    var hi: Float = -.infinity
    var counts: [Int] = []

    /// Makes room for `value`; no number makes the map infinite.
    mutating func widen(for value: Float) {
      lo = value.isNaN ? -.infinity : min(lo, value)
      hi = max(hi, value)
    }

    /// Nil where there is nothing to count: in a map of one value (or nearly so), in an infinite one,
    /// and in one without extremes.
    var binsPerUnit: Float? {
      let scale = Float(RangeRecorder.bins) / (hi - lo)
      return scale.isFinite && scale > 0 ? scale : nil
    }
  }
  private struct State {
    var maps: [String: Map] = [:]
    var counts = false
  }

  /// Guards `state`; the thread sanitizer cannot see the lock in `Synchronization.Mutex`.
  private let lock = NSLock()
  private var state = State()
  private static let bins = 2048

  public init() {}

  /// From now on values are counted between the extremes seen so far.
  public func beginCounting() {
    lock.withLock {
      state.counts = true
      for name in state.maps.keys {
        state.maps[name]!.counts = [Int](repeating: 0, count: Self.bins)
      }
    }
  }

  /// `count` pixels of `channels` values.
  func record(
    _ name: String, _ values: UnsafePointer<Float>, stride: Int, count: Int, channels: Int
  ) {
    lock.withLock {
      var map = state.maps[name] ?? Map()
      state.maps[name] = nil
      let scale = state.counts ? map.binsPerUnit : nil
      for pixel in 0..<count {
        for value in UnsafeBufferPointer(start: values + pixel * stride, count: channels) {
          if !state.counts {
            map.widen(for: value)
          } else if let scale, value.isFinite {
            let bin = min(max((value - map.lo) * scale, 0), Float(Self.bins - 1))
            map.counts[Int(bin)] += 1
          }
        }
      }
      state.maps[name] = map
    }
  }

  /// For each map the range with the smallest mean squared error of rounding and clamping; none for
  /// maps with values that are not finite, or beyond `ActivationRange.largest`.
  public var ranges: ActivationRanges {
    lock.withLock { state.maps.compactMapValues(Self.best) }
  }

  private static func best(_ map: Map) -> ActivationRange? {
    let width = (map.hi - map.lo) / Float(bins)
    var best = ActivationRange(lo: min(map.lo, 0), hi: max(map.hi, 0))
    var least = Double.infinity
    for percent in stride(from: 100, through: 30, by: -2) {
      let part = Float(percent) / 100
      guard let range = ActivationRange(lo: min(map.lo, 0) * part, hi: max(map.hi, 0) * part)
      else { return nil }
      let step = Double(range.hi - range.lo) / 255
      var error = 0.0
      for (bin, count) in map.counts.enumerated() where count > 0 {
        let value = map.lo + (Float(bin) + 0.5) * width
        let beyond = Double(max(range.lo - value, value - range.hi, 0))
        // What is exactly zero is so in every quantisation.
        let rounding = map.lo == 0 && bin == 0 ? 0 : step * step / 12
        error += Double(count) * (beyond > 0 ? beyond * beyond : rounding)
      }
      if error < least { (least, best) = (error, range) }
    }
    return best
  }
}
