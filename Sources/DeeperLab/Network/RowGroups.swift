/// Rows that are computed together, so that weights are read once for several rows while what lies
/// between two convolutions stays in a cache: ranges of `size` rows, and one of what is left.
///
/// A type of its own, as a lazy map would allocate its closure for each group.
struct RowGroups: Sequence, IteratorProtocol {
  private let size: Int
  private var rest: Range<Int>

  init(of size: Int, in rows: Range<Int>) {
    self.size = size
    rest = rows
  }

  mutating func next() -> Range<Int>? {
    guard !rest.isEmpty else { return nil }
    let group = rest.prefix(size)
    rest = group.upperBound..<rest.upperBound
    return group
  }

  /// Rows of a group of at most `cacheShare` bytes; `rows` are divided evenly.
  static func size(rows: Int, rowBytes: Int, cacheShare: Int) -> Int {
    let most = Swift.max(1, Swift.min(rows, cacheShare / rowBytes))
    let groups = (rows + most - 1) / most
    return (rows + groups - 1) / groups
  }
}
