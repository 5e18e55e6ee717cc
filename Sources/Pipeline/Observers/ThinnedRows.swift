/// Rows of numbers kept over a whole run, for charts, in bounded memory: when it is full, every
/// second row is forgotten, and from then on half as many are kept.
package struct ThinnedRows: Sendable {
  package let columns: Int
  /// Of how many rows one is kept.
  package private(set) var step = 1
  /// Rows kept.
  package private(set) var count = 0
  private let capacity: Int
  private var seen = 0
  private var values: [UInt64]

  /// - Parameter capacity: how many rows are kept at most; all memory is taken at once.
  package init(columns: Int, capacity: Int) {
    self.columns = columns
    self.capacity = max(2, capacity)
    values = Array(repeating: 0, count: self.capacity * columns)
  }

  /// The next row is there; `value` gives its columns if it is kept.
  package mutating func add(_ value: (_ column: Int) -> UInt64) {
    defer { seen += 1 }
    guard seen % step == 0 else { return }
    if count == capacity {
      halve()
      guard seen % step == 0 else { return }
    }
    for column in 0..<columns { values[count * columns + column] = value(column) }
    count += 1
  }

  /// Column `column` of the `row`-th row kept.
  package subscript(row: Int, column: Int) -> UInt64 { values[row * columns + column] }

  private mutating func halve() {
    var to = 0
    for from in stride(from: 0, to: count, by: 2) {
      for column in 0..<columns { values[to * columns + column] = values[from * columns + column] }
      to += 1
    }
    count = to
    step *= 2
  }
}
