import CKernels

/// What a core of this machine can do at most while all of a pool's threads are at it: the two
/// lines of a roofline (Williams, Waterman and Patterson, 2009).
///
/// * Operations: multiply-adds in registers, a separate figure for each arithmetic that the CPU has
///   instructions for. Twelve stretches of 2 ms on each thread; the best counts.
/// * Bytes: reading a part of its own of 64 MiB, which is more than most last-level caches hold.
///   Six times; the best counts.
///
/// Rates are work by the thread's own CPU time, as core time in `LayerTimes` is, so other load on
/// the machine does not lower them. It takes 0.1 s.
public struct MachinePeak: Sendable, Codable, Equatable {
  public var threads: Int
  /// Multiplications and additions a second on one core, by the arithmetic's name
  /// (`Precision.rawValue`).
  public var operationsPerCore: [String: Double]
  /// Bytes a second that one core reads from memory.
  public var bytesPerCore: Double

  public init(threads: Int, operationsPerCore: [String: Double], bytesPerCore: Double) {
    self.threads = threads
    self.operationsPerCore = operationsPerCore
    self.bytesPerCore = bytesPerCore
  }

  /// Operations a second with kernels of that arithmetic; where the CPU has none of its own, they
  /// compute in float32.
  public func operations(_ precision: String) -> Double {
    operationsPerCore[precision] ?? operationsPerCore[Precision.fp32.rawValue] ?? 0
  }

  /// The most operations a second that a layer of this many operations a byte can reach.
  public func roof(_ precision: String, intensity: Double) -> Double {
    min(operations(precision), intensity * bytesPerCore)
  }

  /// Nothing else should run on the pool meanwhile.
  public static func operationsPerCore(
    _ pool: ThreadPool, isa: ck_isa = ck_isa_active()
  ) -> [String: Double] {
    let kinds = [("fp32", CK_PEAK_FP32), ("bf16", CK_PEAK_BF16), ("int8", CK_PEAK_INT8)]
    var peaks: [String: Double] = [:]
    for (name, kind) in kinds where ck_peak_compute(isa, kind, 1) > 0 {
      // So many rounds take about 2 ms.
      var rounds: UInt64 = 1000
      while true {
        let begin = ThreadClock.cpu()
        _ = ck_peak_compute(isa, kind, rounds)
        if ThreadClock.cpu() - begin > 1_500_000 { break }
        rounds *= 2
      }
      let enough = rounds
      peaks[name] = best(pool, times: 12) { _ in Double(ck_peak_compute(isa, kind, enough)) }
    }
    return peaks
  }

  /// Whether the dot product of bfloat16 pairs multiplies more than float's multiply-add does: twice
  /// as much on AMD's CPUs, half as much on Intel's. Measured in about a millisecond.
  static func bfloat16Pays(_ isa: ck_isa) -> Bool {
    func rate(_ kind: ck_peak_kind) -> Double {
      (0..<4).map { _ in
        let begin = ThreadClock.cpu()
        let operations = Double(ck_peak_compute(isa, kind, 10_000))
        return operations / Double(max(1, ThreadClock.cpu() - begin))
      }.max()!
    }
    return rate(CK_PEAK_BF16) > rate(CK_PEAK_FP32)
  }

  /// Takes 64 MiB of memory meanwhile.
  public static func bytesPerCore(_ pool: ThreadPool, isa: ck_isa = ck_isa_active()) -> Double {
    let share = (64 << 20) / pool.threads / 4096 * 4096
    let memory = AlignedBuffer(byteCount: share * pool.threads)
    return best(pool, times: 6) { thread in
      ck_peak_read(isa, memory.base + thread * share, share)
      return Double(share)
    }
  }

  /// The best rate of a core, by CPU time, over some rounds in which all threads work.
  private static func best(
    _ pool: ThreadPool, times: Int, _ work: @escaping (_ thread: Int) -> Double
  ) -> Double {
    let rates = FloatCells(pool.threads)
    let job = ParallelJob { thread in
      let begin = ThreadClock.cpu()
      let amount = work(thread)
      rates.cells[thread] = amount * 1e9 / Double(max(1, ThreadClock.cpu() - begin))
    }
    return (0..<times).map { _ in
      pool.run(job, count: pool.threads)
      return rates.cells.reduce(0, +) / Double(pool.threads)
    }.max() ?? 0
  }
}

/// A cell for each thread.
private final class FloatCells: @unchecked Sendable {
  let cells: UnsafeMutableBufferPointer<Double>

  init(_ count: Int) {
    cells = .allocate(capacity: count)
    cells.initialize(repeating: 0)
  }

  deinit { cells.deallocate() }
}
