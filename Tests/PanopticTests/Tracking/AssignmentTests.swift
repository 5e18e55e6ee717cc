import Panoptic
import PanopticBench
import SeededRandom
import Testing

@Suite struct AssignmentTests {
  /// The greatest sum of similarities over all ways to pair rows with columns or leave them.
  private func bruteForce(_ s: [[Float]], row: Int = 0, used: Set<Int> = []) -> Float {
    guard row < s.count else { return 0 }
    var best = bruteForce(s, row: row + 1, used: used)
    for column in s[row].indices where !used.contains(column) && s[row][column] > 0 {
      best = max(
        best, s[row][column] + bruteForce(s, row: row + 1, used: used.union([column])))
    }
    return best
  }

  @Test(arguments: [(1, 1), (3, 3), (5, 3), (3, 6), (6, 6)])
  func isOptimal(_ shape: (rows: Int, columns: Int)) {
    var random = SplitMix(seed: UInt64(shape.rows * 10 + shape.columns))
    let assignment = Assignment(rowCapacity: 8, columnCapacity: 7)
    for _ in 0..<60 {
      let s = (0..<shape.rows).map { _ in
        (0..<shape.columns).map { _ in
          random.uniform() < 0.3 ? 0 : Float((random.uniform() * 16).rounded() / 16)
        }
      }
      assignment.clear(rows: shape.rows, columns: shape.columns)
      for (r, row) in s.enumerated() {
        for (c, value) in row.enumerated() { assignment.similarity[r * 7 + c] = value }
      }
      assignment.solve(rows: shape.rows, columns: shape.columns)
      let columns = (0..<shape.rows).map { Int(assignment.columnOfRow[$0]) }
      let chosen = columns.filter { $0 >= 0 }
      #expect(Set(chosen).count == chosen.count)
      let sum = columns.enumerated().reduce(Float(0)) { $1.1 < 0 ? $0 : $0 + s[$1.0][$1.1] }
      #expect(abs(sum - bruteForce(s)) < 1e-4)
    }
  }

  @Test func nothingToPair() {
    let assignment = Assignment(rowCapacity: 4, columnCapacity: 4)
    assignment.solve(rows: 0, columns: 3)
    assignment.clear(rows: 2, columns: 0)
    assignment.solve(rows: 2, columns: 0)
    #expect(assignment.columnOfRow[0] == -1 && assignment.columnOfRow[1] == -1)
  }
}
