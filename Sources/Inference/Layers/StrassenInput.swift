import CKernels

/// The quarters of some rows of a map that Strassen's algorithm multiplies (`StrassenProduct`), and
/// their sums: row y of the first half of the rows beside row y of the second.
///
/// Of an odd number of rows the first half has one more; the missing one's part of the sums is as if
/// it were zero.
public struct StrassenInput {
  /// One value per pair of pixels and channel of a half.
  struct Quarter {
    var base: UnsafeMutableRawPointer
    /// Elements from pair to pair.
    var stride: Int
  }

  /// Of the first half.
  public let rows: Int
  let partnerRows: Int
  let width: Int
  let x11: Quarter
  let x12: Quarter
  let x22: Quarter
  let s1: Quarter
  let s2: Quarter
  let s3: Quarter
  let s4: Quarter

  /// Bytes of scratch for `rows` rows (of both halves together) of `width` pixels.
  public static func scratchBytes(rows: Int, width: Int, channels: Int) -> Int {
    let pairs = (rows + 1) / 2 * width
    return (4 * pairs * stride(channels / 2) + channels / 2) * MemoryLayout<Float>.stride
  }

  private static func stride(_ channels: Int) -> Int {
    FeatureBuffer.pixelStride(channels: channels, elementSize: MemoryLayout<Float>.stride)
  }

  /// Computes the sums in `scratch`, where they stay.
  ///
  /// - Parameter map: float32, rows without gaps between them.
  public init(
    rows: Range<Int>, of map: FeatureView, scratch: UnsafeMutableRawPointer, kernels: Kernels
  ) {
    precondition(map.isContiguous && map.channels % 2 == 0)
    self.rows = (rows.count + 1) / 2
    partnerRows = rows.count / 2
    width = map.width
    let half = map.channels / 2
    let pairs = self.rows * width
    let stride = Self.stride(half)
    let size = MemoryLayout<Float>.stride
    func sums(_ index: Int) -> Quarter {
      Quarter(base: scratch + index * pairs * stride * size, stride: stride)
    }
    func quarter(_ row: Int, _ channel: Int) -> Quarter {
      Quarter(base: map.pixel(row, 0) + channel * size, stride: map.pixelStride)
    }
    x11 = quarter(rows.lowerBound, 0)
    x12 = quarter(rows.lowerBound, half)
    x22 = quarter(rows.lowerBound + self.rows, half)
    (s1, s2, s3, s4) = (sums(0), sums(1), sums(2), sums(3))
    let zeros = scratch + 4 * pairs * stride * size
    zeros.initializeMemory(as: Float.self, repeating: 0, count: half)
    let x21 = quarter(rows.lowerBound + self.rows, 0)
    for pair in 0..<pairs {
      let hasPartner = pair < partnerRows * width
      func at(_ quarter: Quarter) -> UnsafeMutablePointer<Float> {
        (quarter.base + pair * quarter.stride * size).assumingMemoryBound(to: Float.self)
      }
      let none = zeros.assumingMemoryBound(to: Float.self)
      var row = ck_strassen_sums(
        x11: at(x11), x12: at(x12), x21: hasPartner ? at(x21) : none,
        x22: hasPartner ? at(x22) : none, s1: at(s1), s2: at(s2), s3: at(s3), s4: at(s4),
        count: half)
      kernels.table.strassen_sums(&row)
    }
  }
}
