import CKernels

/// Some rows of a map as Strassen's algorithm multiplies them (`StrassenProduct`): cut into quarters,
/// these at the next level into quarters again, and the quarters' sums at each level.
struct StrassenInput {
  /// How often it is still cut.
  let levels: Int
  let matrix: StrassenMatrix
  /// Whether the sums of all its factors are kept; else each one's take the place of the last one's.
  private let keepsSums: Bool
  /// Those of this level, then those of each factor.
  private let sums: UnsafeMutableRawPointer

  /// Bytes of scratch for so many rows of `width` pixels.
  static func scratchBytes(
    rows: Int, width: Int, channels: Int, levels: Int, keepsSums: Bool
  ) -> Int {
    if levels == 0 { return 0 }
    return StrassenQuarters.sumsBytes(rows: rows, width: width, channels: channels)
      + (keepsSums ? StrassenFactor.count : 1)
      * scratchBytes(
        rows: (rows + 1) / 2, width: width, channels: channels / 2, levels: levels - 1,
        keepsSums: keepsSums)
  }

  /// The sums are yet to be computed, of each level's quarters.
  ///
  /// - Parameter map: float32, rows without gaps between them; its channels are divisible by 2 to the
  ///   power of `levels`.
  init(
    rows: Range<Int>, of map: FeatureView, levels: Int, keepsSums: Bool,
    scratch: UnsafeMutableRawPointer
  ) {
    precondition(map.isContiguous && map.channels % (1 << levels) == 0)
    let matrix = StrassenMatrix(
      base: map.pixel(rows.lowerBound, 0), stride: map.pixelStride, rows: rows.count,
      width: map.width, channels: map.channels)
    self.init(matrix, levels: levels, keepsSums: keepsSums, sums: scratch)
  }

  private init(
    _ matrix: StrassenMatrix, levels: Int, keepsSums: Bool, sums: UnsafeMutableRawPointer
  ) {
    self.matrix = matrix
    self.levels = levels
    self.keepsSums = keepsSums
    self.sums = sums
  }

  var quarters: StrassenQuarters { StrassenQuarters(matrix, sums: sums) }

  /// One of the matrices that are multiplied at this level.
  func factor(_ factor: StrassenFactor) -> StrassenInput {
    let (rows, width, channels) = (matrix.rows, matrix.width, matrix.channels)
    let bytes = Self.scratchBytes(
      rows: (rows + 1) / 2, width: width, channels: channels / 2, levels: levels - 1,
      keepsSums: keepsSums)
    return StrassenInput(
      quarters[factor], levels: levels - 1, keepsSums: keepsSums,
      sums: sums + StrassenQuarters.sumsBytes(rows: rows, width: width, channels: channels)
        + (keepsSums ? factor.rawValue * bytes : 0))
  }
}

/// What the weights' sums are multiplied with, in the order of their use.
enum StrassenFactor: Int, CaseIterable {
  case x11, x12, s2, s1, s4, s3, x22
  static let count = allCases.count
}

/// Rows of pixels by channels.
struct StrassenMatrix {
  var base: UnsafeMutableRawPointer
  /// Elements from pixel to pixel; from row to row `width` times as many.
  var stride: Int
  var rows: Int
  let width: Int
  var channels: Int

  func row(_ row: Int) -> UnsafeMutablePointer<Float> {
    base.assumingMemoryBound(to: Float.self) + row * width * stride
  }
}

/// The quarters of a matrix, halves of its rows by halves of its channels, and their sums: row y of
/// the first half of the rows beside row y of the second.
///
/// Of an odd number of rows the first half has one more, the last, which has no partner. Four of the
/// seven products make a plain one of it: those with x11 and x12, and those with s1 and s4, whose rows
/// there are x11's and x12's.
struct StrassenQuarters {
  private let x11: StrassenMatrix
  private let x12: StrassenMatrix
  private let x21: StrassenMatrix
  private let x22: StrassenMatrix
  private let sums: UnsafeMutableRawPointer

  /// Bytes of the sums of a matrix.
  static func sumsBytes(rows: Int, width: Int, channels: Int) -> Int {
    let pixels = (rows + 1) / 2 * width
    return 4 * pixels * stride(channels / 2) * MemoryLayout<Float>.stride
  }

  private static func stride(_ channels: Int) -> Int {
    FeatureBuffer.pixelStride(channels: channels, elementSize: MemoryLayout<Float>.stride)
  }

  init(_ x: StrassenMatrix, sums: UnsafeMutableRawPointer) {
    let (rows, half) = ((x.rows + 1) / 2, x.channels / 2)
    func quarter(_ row: Int, _ channel: Int) -> StrassenMatrix {
      StrassenMatrix(
        base: UnsafeMutableRawPointer(x.row(row) + channel), stride: x.stride,
        rows: row == 0 ? rows : x.rows - rows, width: x.width, channels: half)
    }
    x11 = quarter(0, 0)
    x12 = quarter(0, half)
    x21 = quarter(rows, 0)
    x22 = quarter(rows, half)
    self.sums = sums
  }

  /// Of the first half, and of the second.
  var rows: (Int, Int) { (x11.rows, x22.rows) }

  subscript(factor: StrassenFactor) -> StrassenMatrix {
    switch factor {
    case .x11: x11
    case .x12: x12
    case .x22: x22
    case .s1: sum(0, rows: x11.rows)
    case .s2: sum(1, rows: x22.rows)
    case .s3: sum(2, rows: x22.rows)
    case .s4: sum(3, rows: x11.rows)
    }
  }

  private func sum(_ index: Int, rows: Int) -> StrassenMatrix {
    let stride = Self.stride(x11.channels)
    let bytes = x11.rows * x11.width * stride * MemoryLayout<Float>.stride
    return StrassenMatrix(
      base: sums + index * bytes, stride: stride, rows: rows, width: x11.width,
      channels: x11.channels)
  }

  func computeSums(_ kernels: Kernels) {
    let (s1, s2, s3, s4) = (self[.s1], self[.s2], self[.s3], self[.s4])
    for row in 0..<x11.rows {
      for pixel in 0..<x11.width {
        func at(_ matrix: StrassenMatrix) -> UnsafeMutablePointer<Float> {
          matrix.row(row) + pixel * matrix.stride
        }
        if row == x22.rows {
          at(s1).update(from: at(x11), count: x11.channels)
          at(s4).update(from: at(x12), count: x11.channels)
          continue
        }
        var sums = ck_strassen_sums(
          x11: at(x11), x12: at(x12), x21: at(x21), x22: at(x22), s1: at(s1), s2: at(s2),
          s3: at(s3), s4: at(s4), count: x11.channels)
        kernels.table.strassen_sums(&sums)
      }
    }
  }
}
