import CKernels
import Glibc
import Synchronization

/// Work that a `ThreadPool` can split: `body(chunk)` for each chunk, in any order, on any thread.
///
/// It is created once, with its layer, and run once per frame: running allocates nothing.
public final class ParallelJob: @unchecked Sendable {
  let body: (Int) -> Void
  fileprivate let next = Atomic<Int>(0)
  fileprivate let finished = Atomic<Int>(0)
  fileprivate var count = 0
  /// Workers inside `drain`; the caller may not reuse the job before they have left.
  fileprivate var helpers = 0
  /// CPU time spent on chunks, where that is measured.
  fileprivate let coreTime = Atomic<UInt64>(0)
  fileprivate var isMeasured = false

  public init(_ body: @escaping (Int) -> Void) { self.body = body }

  fileprivate func drain() {
    while true {
      let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if chunk >= count { return }
      if isMeasured { runMeasured(chunk) } else { body(chunk) }
      finished.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }
  }

  private func runMeasured(_ chunk: Int) {
    let begin = ThreadClock.cpu()
    body(chunk)
    coreTime.wrappingAdd(ThreadClock.cpu() &- begin, ordering: .relaxed)
  }
}

/// Worker threads shared by all stages of a pipeline.
///
/// The caller of `run` works too, so with `threads == 1` there is no other thread. Several
/// stages may call at the same time: workers take the oldest job that still has chunks. A worker
/// waits a few microseconds for the next layer before it sleeps, but only while a single stage
/// is running; when stages fill the cores by themselves, waiting would take time from them.
///
/// `share` gives the same threads as another object, so that each stage can have its own work
/// measured.
///
/// Splitting a layer costs a wake-up, a wait at its end and seams, and gains nothing while other
/// stages keep the cores busy. So stages say when they work (`occupying`), and layers split
/// themselves over what is left (`freeThreads`): a frame alone on its way gets all threads for
/// each layer, a full pipeline runs each stage's layers on the stage's own thread.
public final class ThreadPool: @unchecked Sendable {
  /// Those that work on a job, its caller among them.
  public let threads: Int
  private let crew: Crew
  private var state: UnsafeMutablePointer<PoolState> { crew.state }
  /// Whether `run` adds up the CPU time of its jobs. Not to be changed while one runs.
  public var measuresCoreTime = false
  private var coreTime: UInt64?

  /// So many threads, or as many as the system starts.
  public init(threads: Int) {
    precondition(threads >= 1)
    crew = Crew(workers: threads - 1)
    self.threads = 1 + crew.workers
  }

  /// So many threads and no fewer.
  ///
  /// - Throws: `InferenceError.tooFewThreads`; those that were started have ended then.
  public static func whole(threads: Int) throws -> ThreadPool {
    let pool = ThreadPool(threads: threads)
    guard pool.threads == threads else {
      throw InferenceError.tooFewThreads(wanted: threads, started: pool.threads)
    }
    return pool
  }

  private init(threads: Int, crew: Crew) {
    self.threads = threads
    self.crew = crew
  }

  /// The same threads, measured apart; for callers that run one job at a time.
  public func share() -> ThreadPool { ThreadPool(threads: threads, crew: crew) }

  /// CPU time, in nanoseconds, that all threads spent on the chunks run since it was last taken;
  /// nil without any.
  func takeCoreTime() -> UInt64? {
    defer { coreTime = nil }
    return coreTime
  }

  /// Runs a stage's work on a frame; meanwhile its thread counts as one that keeps a core busy.
  public func occupying<Result>(_ work: () throws -> Result) rethrows -> Result {
    crew.occupied.wrappingAdd(1, ordering: .relaxed)
    defer { crew.occupied.wrappingSubtract(1, ordering: .relaxed) }
    return try work()
  }

  /// How many threads a layer may be split over now: all but those that other stages keep busy.
  /// 1...threads; it changes at any moment.
  public var freeThreads: Int {
    let others = crew.occupied.load(ordering: .relaxed) - 1
    return max(1, min(threads, threads - others))
  }

  /// Runs chunks 0..<count of the job and returns when all are done.
  public func run(_ job: ParallelJob, count: Int) {
    job.count = count
    job.next.store(0, ordering: .relaxed)
    job.isMeasured = measuresCoreTime
    defer {
      if measuresCoreTime {
        coreTime = (coreTime ?? 0) &+ job.coreTime.exchange(0, ordering: .relaxed)
      }
    }
    if threads == 1 || count <= 1 { return job.drain() }
    job.finished.store(0, ordering: .relaxed)

    pthread_mutex_lock(&state.pointee.mutex)
    state.pointee.jobs.append(Unmanaged.passUnretained(job))
    state.pointee.generation.wrappingAdd(1, ordering: .releasing)
    let sleepers = state.pointee.sleepers
    if sleepers > 0 { pthread_cond_signal(&state.pointee.wake) }
    if sleepers > 1, count > 2 { pthread_cond_broadcast(&state.pointee.wake) }
    pthread_mutex_unlock(&state.pointee.mutex)

    job.drain()

    // Nobody may enter any more; then wait for those who are inside.
    pthread_mutex_lock(&state.pointee.mutex)
    state.pointee.remove(job)
    if job.helpers > 0 {
      pthread_mutex_unlock(&state.pointee.mutex)
      var pauses = 2000
      while pauses > 0, job.finished.load(ordering: .acquiring) < count {
        ck_pause()
        pauses -= 1
      }
      pthread_mutex_lock(&state.pointee.mutex)
      while job.helpers > 0 { pthread_cond_wait(&state.pointee.left, &state.pointee.mutex) }
    }
    pthread_mutex_unlock(&state.pointee.mutex)
  }

}

/// The workers and what they and their callers share.
private final class Crew {
  let state: UnsafeMutablePointer<PoolState>
  /// Stages at work.
  let occupied = Atomic<Int>(0)
  private var threads: [pthread_t] = []
  /// Workers that were started.
  var workers: Int { threads.count }

  init(workers: Int) {
    state = .allocate(capacity: 1)
    state.initialize(to: PoolState())
    pthread_mutex_init(&state.pointee.mutex, nil)
    pthread_cond_init(&state.pointee.wake, nil)
    pthread_cond_init(&state.pointee.left, nil)
    state.pointee.jobs.reserveCapacity(64)
    while threads.count < workers, let thread = startWorker() { threads.append(thread) }
  }

  deinit {
    pthread_mutex_lock(&state.pointee.mutex)
    state.pointee.isClosing = true
    state.pointee.generation.wrappingAdd(1, ordering: .releasing)
    pthread_cond_broadcast(&state.pointee.wake)
    pthread_mutex_unlock(&state.pointee.mutex)
    for thread in threads { pthread_join(thread, nil) }
    pthread_mutex_destroy(&state.pointee.mutex)
    pthread_cond_destroy(&state.pointee.wake)
    pthread_cond_destroy(&state.pointee.left)
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Nil where the system starts no more.
  private func startWorker() -> pthread_t? {
    var thread = pthread_t()
    let argument = UnsafeMutableRawPointer(state)
    let status = pthread_create(
      &thread, nil,
      { argument in
        ck_name_thread("worker")
        argument!.assumingMemoryBound(to: PoolState.self).workerLoop()
        return nil
      }, argument)
    return status == 0 ? thread : nil
  }
}

private struct PoolState: ~Copyable {
  var mutex = pthread_mutex_t()
  var wake = pthread_cond_t()
  var left = pthread_cond_t()
  /// Jobs that may still have chunks to give, oldest first.
  var jobs: [Unmanaged<ParallelJob>] = []
  var sleepers = 0
  var isClosing = false
  /// Counts jobs, so that a worker can wait for the next one without the lock.
  let generation = Atomic<Int>(0)

  mutating func remove(_ job: ParallelJob) {
    jobs.removeAll { $0.toOpaque() == Unmanaged.passUnretained(job).toOpaque() }
  }
}

extension UnsafeMutablePointer where Pointee == PoolState {
  fileprivate func workerLoop() {
    pthread_mutex_lock(&pointee.mutex)
    while !pointee.isClosing {
      if let job = takeJob() {
        job.helpers += 1
        pthread_mutex_unlock(&pointee.mutex)
        job.drain()
        pthread_mutex_lock(&pointee.mutex)
        job.helpers -= 1
        if job.helpers == 0 { pthread_cond_broadcast(&pointee.left) }
        continue
      }
      // The lock is free during the short wait, so look again at what may have changed in it.
      let seen = pointee.generation.load(ordering: .relaxed)
      waitBriefly(since: seen)
      if pointee.isClosing || pointee.generation.load(ordering: .relaxed) != seen { continue }
      pointee.sleepers += 1
      pthread_cond_wait(&pointee.wake, &pointee.mutex)
      pointee.sleepers -= 1
    }
    pthread_mutex_unlock(&pointee.mutex)
  }

  private func takeJob() -> ParallelJob? {
    for candidate in pointee.jobs {
      let job = candidate.takeUnretainedValue()
      if job.next.load(ordering: .relaxed) < job.count { return job }
    }
    return nil
  }

  /// Waits some microseconds for a new job, without the lock.
  private func waitBriefly(since seen: Int) {
    // With more than one stage at work the cores are busy anyway.
    if pointee.jobs.count > 1 { return }
    pthread_mutex_unlock(&pointee.mutex)
    var pauses = 4000
    while pauses > 0, pointee.generation.load(ordering: .acquiring) == seen {
      ck_pause()
      pauses -= 1
    }
    pthread_mutex_lock(&pointee.mutex)
  }
}
