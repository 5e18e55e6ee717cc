/// A layer's loop over rows, split over a pool's threads in contiguous ranges.
///
/// Ranges are at most as many as threads, so a range's scratch memory can be told by its number,
/// and contiguous, so that a rolling window of rows is refilled only at the ranges' seams. A thread
/// that is done takes over rows of another one (`RowClaims`).
public final class RowJob: @unchecked Sendable {
  private let pool: ThreadPool
  private let board: ClaimBoard
  private var job: ParallelJob!

  /// - Parameter body: computes the rows that it claims, with scratch area `part` (0..<threads).
  public init(_ pool: ThreadPool, _ body: @escaping (_ part: Int, _ rows: RowClaims) -> Void) {
    self.pool = pool
    board = ClaimBoard(parts: pool.threads)
    job = ParallelJob { [unowned self] part in body(part, board.claims(of: part)) }
  }

  public func run(rows: Int) {
    let parts = max(1, min(pool.freeThreads, rows))
    board.deal(0..<rows, parts: parts)
    pool.run(job, count: parts)
  }
}
