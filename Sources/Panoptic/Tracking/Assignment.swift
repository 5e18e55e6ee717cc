/// Optimal assignment: pairs rows with columns so that the sum of their similarities is greatest.
///
/// Shortest augmenting paths with potentials (the Hungarian method in the form of Jonker and
/// Volgenant), O(rows^2 * columns); memory is taken at creation.
package final class Assignment: @unchecked Sendable {
  /// Rows at most; the smaller side of a problem is taken for its rows.
  package let rowCapacity: Int
  package let columnCapacity: Int
  /// rows x columns similarities, row-major with `columnCapacity` to a row; 0 for a pair that
  /// must not be.
  package let similarity: FixedBuffer<Float>
  /// After `solve`, the column of each row, or -1.
  package let columnOfRow: FixedBuffer<Int32>
  private let rowPotential: FixedBuffer<Float>
  private let columnPotential: FixedBuffer<Float>
  private let rowOfColumn: FixedBuffer<Int32>
  private let shortest: FixedBuffer<Float>
  private let previous: FixedBuffer<Int32>
  private let isDone: FixedBuffer<Bool>

  package init(rowCapacity: Int, columnCapacity: Int) {
    self.rowCapacity = rowCapacity
    self.columnCapacity = columnCapacity
    similarity = FixedBuffer(repeating: 0, count: rowCapacity * columnCapacity)
    columnOfRow = FixedBuffer(repeating: -1, count: rowCapacity)
    // One dummy column a row, in which the row stays alone at similarity 0.
    let columns = columnCapacity + rowCapacity
    rowPotential = FixedBuffer(repeating: 0, count: rowCapacity)
    columnPotential = FixedBuffer(repeating: 0, count: columns)
    rowOfColumn = FixedBuffer(repeating: -1, count: columns)
    shortest = FixedBuffer(repeating: 0, count: columns)
    previous = FixedBuffer(repeating: -1, count: columns)
    isDone = FixedBuffer(repeating: false, count: columns)
  }

  package func clear(rows: Int, columns: Int) {
    for row in 0..<rows {
      (similarity.base + row * columnCapacity).update(repeating: 0, count: columns)
    }
  }

  /// Fills `columnOfRow` for the first `rows` rows and `columns` columns of `similarity`.
  package func solve(rows: Int, columns: Int) {
    precondition(rows <= rowCapacity && columns <= columnCapacity)
    let total = columns + rows
    rowPotential.fill(0, count: rows)
    columnPotential.fill(0, count: total)
    rowOfColumn.fill(-1, count: total)
    for row in 0..<rows { augment(from: row, columns: columns, total: total) }
    columnOfRow.fill(-1, count: rows)
    for column in 0..<columns where rowOfColumn.base[column] >= 0 {
      let row = Int(rowOfColumn.base[column])
      if similarity.base[row * columnCapacity + column] > 0 {
        columnOfRow.base[row] = Int32(column)
      }
    }
  }

  /// What pairing costs: nothing gained for the row's own dummy, never another row's.
  @inline(__always)
  private func cost(_ row: Int, _ column: Int, _ columns: Int) -> Float {
    if column < columns { return -similarity.base[row * columnCapacity + column] }
    return column == columns + row ? 0 : 1e6
  }

  /// Brings one more row into the assignment along the cheapest path.
  private func augment(from start: Int, columns: Int, total: Int) {
    shortest.fill(.infinity, count: total)
    isDone.fill(false, count: total)
    previous.fill(-1, count: total)
    var row = start
    var distance: Float = 0
    var via: Int32 = -1
    while true {
      var least = Float.infinity
      var next = -1
      for column in 0..<total where !isDone.base[column] {
        let reduced =
          distance + cost(row, column, columns) - rowPotential.base[row]
          - columnPotential.base[column]
        if reduced < shortest.base[column] {
          shortest.base[column] = reduced
          previous.base[column] = via
        }
        if shortest.base[column] < least {
          least = shortest.base[column]
          next = column
        }
      }
      distance = least
      isDone.base[next] = true
      via = Int32(next)
      if rowOfColumn.base[next] < 0 { break }
      row = Int(rowOfColumn.base[next])
    }
    updatePotentials(start, distance, total)
    flip(start, last: Int(via))
  }

  private func updatePotentials(_ start: Int, _ distance: Float, _ total: Int) {
    rowPotential.base[start] += distance
    for column in 0..<total where isDone.base[column] {
      let slack = distance - shortest.base[column]
      columnPotential.base[column] -= slack
      let row = rowOfColumn.base[column]
      if row >= 0 { rowPotential.base[Int(row)] += slack }
    }
  }

  /// Turns the path's pairs around, from its free column back to the new row.
  private func flip(_ start: Int, last: Int) {
    var column = last
    while true {
      let before = previous.base[column]
      if before < 0 {
        rowOfColumn.base[column] = Int32(start)
        return
      }
      rowOfColumn.base[column] = rowOfColumn.base[Int(before)]
      column = Int(before)
    }
  }
}
