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

  /// Those rows that exist of a map that has some of another one's channels (`FeatureView.slice`).
  public static func slices(_ rows: Range<Int>, of map: FeatureView) -> Upcoming {
    var upcoming = Upcoming()
    let rows = rows.clamped(to: 0..<map.height)
    if rows.isEmpty { return upcoming }
    // The halo between rows too.
    let pixels = (rows.count - 1) * map.rowStride / map.pixelStride + map.width
    upcoming.memory.slices = UnsafeRawPointer(map.pixel(rows.lowerBound, 0))
    upcoming.memory.slice_bytes = map.channels * map.elementSize
    upcoming.memory.slice_stride = map.pixelStride * map.elementSize
    upcoming.memory.slice_count = Int32(pixels)
    return upcoming
  }

  /// Fetches whole rows at once, where a product does not.
  func fetch() {
    if let rows = memory.rows { ck_prefetch(rows, memory.row_bytes) }
  }
}
