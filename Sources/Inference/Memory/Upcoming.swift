import CKernels

/// Memory that is read or written soon: fetched into L2 while a product is computed, since otherwise
/// the layer that uses it would wait for it.
public struct Upcoming {
  public static var none: Upcoming { Upcoming(ck_soon()) }

  let soon: ck_soon

  init(_ soon: ck_soon) { self.soon = soon }
}

extension FeatureView {
  /// Those rows that exist, without their halo; of the bytes one of some parts.
  public func upcoming(rows: Range<Int>, part: Int = 0, of parts: Int = 1) -> Upcoming {
    let rows = rows.clamped(to: 0..<height)
    if rows.isEmpty { return .none }
    let bytes = ((rows.count - 1) * rowStride + width * pixelStride) * elementSize
    let first = bytes * part / parts
    return Upcoming(
      ck_soon(
        from: pixel(rows.lowerBound, 0) + first, bytes: bytes * (part + 1) / parts - first,
        runs: 1, stride: 0))
  }

  /// Rows of some of a map's channels (`slice`), with the halo between rows.
  public func upcoming(slicedRows rows: Range<Int>) -> Upcoming {
    let pixels = (rows.count - 1) * rowStride / pixelStride + width
    return Upcoming(
      ck_soon(
        from: pixel(rows.lowerBound, 0), bytes: channels * elementSize, runs: Int32(pixels),
        stride: pixelStride * elementSize))
  }
}
