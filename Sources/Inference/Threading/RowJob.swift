/// A layer's loop over rows, split over a pool's threads in contiguous ranges.
///
/// Ranges are at most as many as threads, so a range's scratch memory can be told by its number,
/// and contiguous, so that a rolling window of rows is refilled only at the ranges' seams.
public final class RowJob: @unchecked Sendable {
  private let pool: ThreadPool
  private var rows = 0
  private var parts = 1
  private var job: ParallelJob!

  /// - Parameter body: computes a range of rows with scratch area `part` (0..<threads).
  public init(_ pool: ThreadPool, _ body: @escaping (_ part: Int, _ rows: Range<Int>) -> Void) {
    self.pool = pool
    job = ParallelJob { [unowned self] part in
      body(part, rows * part / parts..<rows * (part + 1) / parts)
    }
  }

  public func run(rows: Int) {
    self.rows = rows
    parts = min(pool.freeThreads, rows)
    pool.run(job, count: parts)
  }
}
