import CKernels

/// Memory that is read or written soon: fetched into L2 while a kernel computes, since otherwise the
/// layer that uses it would wait for it.
public struct Upcoming {
  public static var none: Upcoming { Upcoming() }
  public private(set) var memory = ck_upcoming()

  /// Those rows of a map that exist, without their halo; of the bytes one of some parts.
  public static func rows(
    _ rows: Range<Int>, of map: FeatureView, part: Int = 0, of parts: Int = 1
  ) -> Upcoming {
    var upcoming = Upcoming()
    let rows = rows.clamped(to: 0..<map.height)
    if rows.isEmpty { return upcoming }
    let bytes =
      ((rows.count - 1) * map.rowStride + map.width * map.pixelStride) * map.elementSize
    let first = bytes * part / parts
    upcoming.memory.rows = UnsafeRawPointer(map.pixel(rows.lowerBound, 0) + first)
    upcoming.memory.row_bytes = bytes * (part + 1) / parts - first
    return upcoming
  }

  /// Those rows that exist of maps that have some of other ones' channels (`FeatureView.slice`).
  public static func slices(
    _ rows: Range<Int>, of map: FeatureView, and other: FeatureView? = nil
  ) -> Upcoming {
    var upcoming = Upcoming()
    upcoming.memory.slices.0 = slices(rows, map)
    if let other { upcoming.memory.slices.1 = slices(rows, other) }
    return upcoming
  }

  private static func slices(_ rows: Range<Int>, _ map: FeatureView) -> ck_slices {
    let rows = rows.clamped(to: 0..<map.height)
    if rows.isEmpty { return ck_slices() }
    // The halo between rows too.
    let pixels = (rows.count - 1) * map.rowStride / map.pixelStride + map.width
    return ck_slices(
      first: map.pixel(rows.lowerBound, 0), bytes: map.channels * map.elementSize,
      stride: map.pixelStride * map.elementSize, count: Int32(pixels))
  }

  /// Slices, and rows of another map as well.
  func and(rows: Range<Int>, of map: FeatureView) -> Upcoming {
    var both = Upcoming.rows(rows, of: map)
    both.memory.slices = memory.slices
    return both
  }

  /// Fetches whole rows at once, where a product does not.
  func fetch() {
    if let rows = memory.rows { ck_prefetch(rows, memory.row_bytes) }
  }
}
