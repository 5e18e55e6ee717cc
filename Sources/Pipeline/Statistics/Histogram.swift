/// Buckets whose width grows with the value: 64 to each power of two.
///
/// Nanoseconds below 64 have a bucket each; above, bucket `64 * (e - 5) + s` holds
/// `[(64 + s) << (e - 6), (65 + s) << (e - 6))` for `e = floor(log2(v))`. A value is told by its
/// bucket's middle, so it is off by 1/128 = 0.8 % at most. The last bucket ends at 2^42 ns
/// (73 minutes); longer times are counted there.
enum LogBuckets {
  static let count = 64 * 37

  static func index(of nanoseconds: UInt64) -> Int {
    guard nanoseconds >= 64 else { return Int(nanoseconds) }
    let exponent = 63 - nanoseconds.leadingZeroBitCount
    let index = 64 * (exponent - 5) + Int(nanoseconds >> UInt64(exponent - 6)) - 64
    return min(index, count - 1)
  }

  /// Smallest value of bucket `index`.
  static func lowerBound(of index: Int) -> UInt64 {
    guard index >= 64 else { return UInt64(index) }
    return UInt64(64 + index % 64) << UInt64(index / 64 - 1)
  }

  static func middle(of index: Int) -> UInt64 {
    let low = lowerBound(of: index)
    return low + (lowerBound(of: index + 1) - low) / 2
  }
}

/// How often which time was measured. Quantiles are within 0.8 %; count, mean, least and greatest
/// value are exact. A value of about 19 kB; adding does not allocate while it is not shared.
public struct Histogram: Sendable, Equatable {
  private var buckets: [UInt64]
  /// How many values were added.
  public private(set) var count: UInt64 = 0
  /// Sum of all values in nanoseconds.
  public private(set) var sum: UInt64 = 0
  private var least = UInt64.max
  private var greatest: UInt64 = 0

  public init() { buckets = Array(repeating: 0, count: LogBuckets.count) }

  init(buckets: [UInt64], sum: UInt64, least: UInt64, greatest: UInt64) {
    precondition(buckets.count == LogBuckets.count)
    self.buckets = buckets
    self.sum = sum
    self.least = least
    self.greatest = greatest
    count = buckets.reduce(0, +)
  }

  public mutating func add(nanoseconds: UInt64) {
    buckets[LogBuckets.index(of: nanoseconds)] += 1
    count += 1
    sum += nanoseconds
    least = Swift.min(least, nanoseconds)
    greatest = Swift.max(greatest, nanoseconds)
  }

  public mutating func merge(_ other: Histogram) {
    for index in buckets.indices { buckets[index] += other.buckets[index] }
    count += other.count
    sum += other.sum
    least = Swift.min(least, other.least)
    greatest = Swift.max(greatest, other.greatest)
  }

  /// Least value in nanoseconds; 0 if there is none.
  public var min: UInt64 { count == 0 ? 0 : least }
  /// Greatest value in nanoseconds; 0 if there is none.
  public var max: UInt64 { greatest }
  /// Mean in nanoseconds; 0 if there is no value.
  public var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

  /// The value in nanoseconds that a fraction `p` (0...1) of all values does not exceed: the
  /// `ceil(p * count)`-th smallest, 0 if there is none.
  public func quantile(_ p: Double) -> UInt64 {
    guard count > 0 else { return 0 }
    let rank = Swift.min(Swift.max(UInt64((p * Double(count)).rounded(.up)), 1), count)
    if rank == count { return greatest }
    var seen: UInt64 = 0
    for (index, times) in buckets.enumerated() where times > 0 {
      seen += times
      if seen >= rank {
        return Swift.min(Swift.max(LogBuckets.middle(of: index), least), greatest)
      }
    }
    return greatest
  }

  public var p50: UInt64 { quantile(0.5) }
  public var p90: UInt64 { quantile(0.9) }
  public var p99: UInt64 { quantile(0.99) }

  /// One bucket with its bounds in nanoseconds, for charts.
  public struct Bucket: Sendable, Hashable, Codable {
    public let from: UInt64
    public let to: UInt64
    public let count: UInt64
  }

  /// The buckets that hold something, in order.
  public var nonemptyBuckets: [Bucket] {
    buckets.indices.filter { buckets[$0] > 0 }.map {
      Bucket(
        from: LogBuckets.lowerBound(of: $0), to: LogBuckets.lowerBound(of: $0 + 1),
        count: buckets[$0])
    }
  }
}

extension Histogram: Codable {
  private enum Key: String, CodingKey { case count, sum, min, max, buckets }

  /// Only the buckets that hold something are written.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(count, forKey: .count)
    try container.encode(sum, forKey: .sum)
    try container.encode(min, forKey: .min)
    try container.encode(max, forKey: .max)
    try container.encode(nonemptyBuckets, forKey: .buckets)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    var counts = [UInt64](repeating: 0, count: LogBuckets.count)
    for bucket in try container.decode([Bucket].self, forKey: .buckets) {
      counts[LogBuckets.index(of: bucket.from)] += bucket.count
    }
    let total = counts.reduce(0, +)
    self.init(
      buckets: counts,
      sum: try container.decode(UInt64.self, forKey: .sum),
      least: total == 0 ? UInt64.max : try container.decode(UInt64.self, forKey: .min),
      greatest: try container.decode(UInt64.self, forKey: .max))
  }
}
