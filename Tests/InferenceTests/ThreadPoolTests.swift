import CKernels
import Glibc
import Inference
import Testing

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 8])
  func everyChunkRunsOnce(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let counts = Counters(64)
    let job = ParallelJob { counts.add($0) }
    for count in [0, 1, 2, 3, 7, 64, 64, 1] { pool.run(job, count: count) }
    // Chunk c ran once in every round with more than c chunks.
    for chunk in 0..<64 {
      let expected = [0, 1, 2, 3, 7, 64, 64, 1].filter { $0 > chunk }.count
      #expect(counts[chunk] == expected)
    }
  }

  /// Stages share a pool: their jobs overlap, and each `run` returns only when its own is done.
  @Test(.timeLimit(.minutes(1)))
  func callersOverlap() async {
    let pool = ThreadPool(threads: 3)
    await withTaskGroup(of: Bool.self) { group in
      for caller in 0..<4 {
        group.addTask {
          let counts = Counters(16)
          let job = ParallelJob { chunk in
            var x = UInt64(chunk + caller)
            for _ in 0..<200 { x = x &* 6_364_136_223_846_793_005 &+ 1 }
            counts.add(chunk, x == 0 ? 0 : 1)
          }
          for round in 1...500 {
            pool.run(job, count: 16)
            if !(0..<16).allSatisfy({ counts[$0] == round }) { return false }
          }
          return true
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  /// A pool may be let go at any moment after a job, while its workers still wait for the next.
  @Test(.timeLimit(.minutes(1)))
  func poolsCloseAtAnyMoment() {
    let job = ParallelJob { _ in }
    for pauses in 0..<300 {
      let pool = ThreadPool(threads: 3)
      pool.run(job, count: 3)
      for _ in 0..<pauses * 100 { ck_pause() }
    }
  }

  @Test func rowRangesCoverAllRows() {
    for threads in [1, 2, 5] {
      let pool = ThreadPool(threads: threads)
      for rows in [1, 2, 3, 17] {
        let counts = Counters(rows)
        let parts = Counters(threads)
        let job = RowJob(pool) { part, claims in
          parts.add(part)
          while let some = claims.next(2) { for y in some { counts.add(y) } }
        }
        job.run(rows: rows)
        #expect((0..<rows).allSatisfy { counts[$0] == 1 })
        #expect((0..<min(rows, threads)).allSatisfy { parts[$0] == 1 })
      }
    }
  }

  /// A part that comes no further loses all its rows but those that it has claimed; which rows are
  /// claimed together does not depend on who claims them.
  @Test(.timeLimit(.minutes(1)), arguments: [2, 3, 5])
  func rowsOfASlowPartAreTakenOver(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let rows = 101
    let done = Counters(1)
    let firsts = Counters(rows)
    let job = RowJob(pool) { part, claims in
      while let some = claims.next(4) {
        firsts.add(some.lowerBound)
        if part == 0 {
          while done[0] < rows - some.count { sched_yield() }
          #expect(some == 0..<4 && claims.next(4) == nil)
        }
        done.add(0, some.count)
      }
    }
    for round in 1...20 {
      job.run(rows: rows)
      #expect(done[0] == rows)
      for part in 0..<threads {
        let range = rows * part / threads..<rows * (part + 1) / threads
        for y in range {
          #expect(firsts[y] == ((y - range.lowerBound) % 4 == 0 ? round : 0))
        }
      }
      done.add(0, -rows)
    }
  }

  /// However threads meet, each row is claimed once.
  @Test(.timeLimit(.minutes(1)))
  func noRowIsClaimedTwice() {
    let pool = ThreadPool(threads: 6)
    let counts = Counters(200)
    let job = RowJob(pool) { part, claims in
      while let some = claims.next(3) {
        for y in some { counts.add(y) }
        if part % 2 == 0 { for _ in 0..<some.lowerBound * 3 { ck_pause() } }
      }
    }
    for round in 1...300 {
      job.run(rows: 200)
      #expect((0..<200).allSatisfy { counts[$0] == round })
    }
  }

  @Test func claimsOfACallerWithoutAJobGoInOrder() {
    let claims = RowClaims(3..<10)
    #expect(claims.next(3) == 3..<6)
    #expect(claims.next(3) == 6..<9)
    #expect(claims.next(3) == 9..<10)
    #expect(claims.next(3) == nil)
    #expect(RowClaims(5..<5).next(1) == nil)
  }

  /// A layer of the only stage at work gets all threads, one beside busy stages what they leave.
  @Test func layersLeaveCoresToBusyStages() {
    let pool = ThreadPool(threads: 3)
    let ranges = Counters(1)
    let job = RowJob(pool) { _, _ in ranges.add(0) }
    func partsOfALayer() -> Int {
      let before = ranges[0]
      job.run(rows: 12)
      return ranges[0] - before
    }
    #expect(partsOfALayer() == 3)
    pool.occupying {
      #expect(partsOfALayer() == 3)
      pool.occupying {
        #expect(partsOfALayer() == 2)
        pool.occupying {
          #expect(partsOfALayer() == 1)
          pool.occupying { #expect(partsOfALayer() == 1) }
        }
      }
    }
    #expect(pool.freeThreads == 3)
  }
}

/// Counters that several threads may add to. A POSIX mutex, which the thread sanitizer knows.
final class Counters: @unchecked Sendable {
  private var values: [Int]
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init(_ count: Int) {
    values = [Int](repeating: 0, count: count)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func add(_ index: Int, _ amount: Int = 1) {
    pthread_mutex_lock(mutex)
    values[index] += amount
    pthread_mutex_unlock(mutex)
  }

  subscript(_ index: Int) -> Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return values[index]
  }
}
