/// Rows that are computed together, so that weights are read once for several rows while what lies
/// between two convolutions stays in a cache.
enum RowGroups {
  /// Rows of a group of at most `cacheShare` bytes; `rows` are divided evenly.
  static func size(rows: Int, rowBytes: Int, cacheShare: Int) -> Int {
    let most = max(1, min(rows, cacheShare / rowBytes))
    let groups = (rows + most - 1) / most
    return (rows + groups - 1) / groups
  }

  static func of(_ size: Int, in rows: Range<Int>) -> some Sequence<Range<Int>> {
    stride(from: rows.lowerBound, to: rows.upperBound, by: size).lazy.map {
      $0..<min($0 + size, rows.upperBound)
    }
  }
}
