import Synchronization

/// The rows of one part of a job, claimed some at a time from the part's own range, in order; when
/// that is empty, the rear half of what another part has left becomes its own. So a core that
/// is slower for a while (the system runs other programs too) leaves its rows to the others, while
/// cores that are equally fast hardly ever meet.
///
/// Rows are taken over in whole claims: which rows are computed together does not depend on who does it.
public struct RowClaims: Sendable {
  fileprivate let board: ClaimBoard
  fileprivate let part: Int

  fileprivate init(_ board: ClaimBoard, part: Int) {
    self.board = board
    self.part = part
  }

  /// All of a range, for a caller without a job.
  public init(_ rows: Range<Int>) {
    self.init(ClaimBoard(parts: 1), part: 0)
    board.deal(rows, parts: 1)
  }

  /// At most `count` rows, always the same number in a job: those behind the last ones, or, if
  /// those have been taken over, somewhere else; nil when no part has any left.
  public func next(_ count: Int) -> Range<Int>? { board.claim(count, by: part) }
}

/// What each part of a job has left.
final class ClaimBoard: Sendable {
  /// A part's rows, on a cache line of its own: the first one in the lower half, the end in the upper.
  private struct Line: ~Copyable {
    let rows = Atomic<UInt64>(0)
    private let rest = (0, 0, 0, 0, 0, 0, 0)
  }

  private let most: Int
  nonisolated(unsafe) private let lines: UnsafeMutablePointer<Line>

  init(parts: Int) {
    most = parts
    lines = .allocate(capacity: parts)
    for part in 0..<parts { (lines + part).initialize(to: Line()) }
  }

  deinit {
    lines.deinitialize(count: most)
    lines.deallocate()
  }

  func claims(of part: Int) -> RowClaims { RowClaims(self, part: part) }

  /// Gives the first parts equal ranges, and the others none. Nobody may claim meanwhile.
  func deal(_ rows: Range<Int>, parts: Int) {
    for part in 0..<most {
      let first = rows.lowerBound + rows.count * min(part, parts) / parts
      let end = rows.lowerBound + rows.count * min(part + 1, parts) / parts
      lines[part].rows.store(Self.word(first..<end), ordering: .relaxed)
    }
  }

  func claim(_ count: Int, by part: Int) -> Range<Int>? {
    repeat {
      var seen = lines[part].rows.load(ordering: .relaxed)
      while true {
        let left = Self.range(seen)
        if left.isEmpty { break }
        let taken = left.prefix(count)
        let result = lines[part].rows.compareExchange(
          expected: seen, desired: Self.word(taken.upperBound..<left.upperBound),
          ordering: .relaxed)
        if result.exchanged { return taken }
        seen = result.original
      }
    } while takeOver(count, for: part)
    return nil
  }

  /// Makes the rear half of the claims that some other part has left the rows of this one, which has
  /// none. False when nobody has any.
  private func takeOver(_ count: Int, for part: Int) -> Bool {
    for step in 1..<max(1, most) {
      let other = (part + step) % most
      var seen = lines[other].rows.load(ordering: .relaxed)
      while true {
        let left = Self.range(seen)
        if left.isEmpty { break }
        let claims = (left.count + count - 1) / count
        let middle = left.lowerBound + claims / 2 * count
        let result = lines[other].rows.compareExchange(
          expected: seen, desired: Self.word(left.lowerBound..<middle), ordering: .relaxed)
        if result.exchanged {
          lines[part].rows.store(Self.word(middle..<left.upperBound), ordering: .relaxed)
          return true
        }
        seen = result.original
      }
    }
    return false
  }

  private static func word(_ rows: Range<Int>) -> UInt64 {
    UInt64(rows.upperBound) << 32 | UInt64(rows.lowerBound)
  }

  private static func range(_ word: UInt64) -> Range<Int> {
    Int(word & 0xffff_ffff)..<Int(word >> 32)
  }
}
