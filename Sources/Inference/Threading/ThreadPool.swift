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

  public init(_ body: @escaping (Int) -> Void) { self.body = body }

  fileprivate func drain() {
    while true {
      let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if chunk >= count { return }
      body(chunk)
      finished.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }
  }
}

/// Worker threads shared by all stages of a pipeline.
///
/// The caller of `run` works too, so with `threads == 1` there is no other thread. Several
/// stages may call at the same time: workers take the oldest job that still has chunks. A worker
/// waits a few microseconds for the next layer before it sleeps, but only while a single stage
/// is running; when stages fill the cores by themselves, waiting would take time from them.
public final class ThreadPool: @unchecked Sendable {
  public let threads: Int
  private let state: UnsafeMutablePointer<PoolState>
  private var workers: [pthread_t] = []

  public init(threads: Int) {
    precondition(threads >= 1)
    self.threads = threads
    state = .allocate(capacity: 1)
    state.initialize(to: PoolState())
    pthread_mutex_init(&state.pointee.mutex, nil)
    pthread_cond_init(&state.pointee.wake, nil)
    pthread_cond_init(&state.pointee.left, nil)
    state.pointee.jobs.reserveCapacity(64)
    for index in 1..<max(threads, 1) { workers.append(startWorker(index)) }
  }

  deinit {
    pthread_mutex_lock(&state.pointee.mutex)
    state.pointee.isClosing = true
    pthread_cond_broadcast(&state.pointee.wake)
    pthread_mutex_unlock(&state.pointee.mutex)
    for worker in workers { pthread_join(worker, nil) }
    pthread_mutex_destroy(&state.pointee.mutex)
    pthread_cond_destroy(&state.pointee.wake)
    pthread_cond_destroy(&state.pointee.left)
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Runs chunks 0..<count of the job and returns when all are done.
  public func run(_ job: ParallelJob, count: Int) {
    if threads == 1 || count <= 1 {
      for chunk in 0..<count { job.body(chunk) }
      return
    }
    job.count = count
    job.next.store(0, ordering: .relaxed)
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
      for _ in 0..<2000 where job.finished.load(ordering: .acquiring) < count { ck_pause() }
      pthread_mutex_lock(&state.pointee.mutex)
      while job.helpers > 0 { pthread_cond_wait(&state.pointee.left, &state.pointee.mutex) }
    }
    pthread_mutex_unlock(&state.pointee.mutex)
  }

  private func startWorker(_ index: Int) -> pthread_t {
    var thread = pthread_t()
    let argument = UnsafeMutableRawPointer(state)
    let status = pthread_create(
      &thread, nil,
      { argument in
        ck_name_thread("worker")
        argument!.assumingMemoryBound(to: PoolState.self).workerLoop()
        return nil
      }, argument)
    precondition(status == 0, "cannot start worker thread \(index)")
    return thread
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
      if waitBriefly() { continue }
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

  /// Looks for a new job for some microseconds, without the lock; true when there is one.
  private func waitBriefly() -> Bool {
    // A stage that is still draining means that the next layer will come soon; with more than
    // one, the cores are busy anyway.
    let seen = pointee.generation.load(ordering: .acquiring)
    if pointee.jobs.count > 1 || pointee.isClosing { return false }
    pthread_mutex_unlock(&pointee.mutex)
    defer { pthread_mutex_lock(&pointee.mutex) }
    for _ in 0..<4000 {
      if pointee.generation.load(ordering: .acquiring) != seen { return true }
      ck_pause()
    }
    return false
  }
}
