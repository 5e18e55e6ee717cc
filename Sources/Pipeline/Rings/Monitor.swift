import Glibc
import Synchronization

/// A POSIX mutex with one condition: where threads sleep. Nothing is allocated after `init`.
final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    precondition(pthread_mutex_init(mutex, nil) == 0, "no mutex")
    precondition(pthread_cond_init(condition, nil) == 0, "no condition variable")
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }
  /// Sleeps until woken, with the lock given up meanwhile. May wake without a cause.
  func wait() { pthread_cond_wait(condition, mutex) }
  func wakeAll() { pthread_cond_broadcast(condition) }
}

/// Lets one thread sleep until another has changed an atomic.
///
/// The sleeper says that it sleeps, then looks at the atomic a last time; the other changes the
/// atomic, then looks whether somebody sleeps. Both do so in sequentially consistent order, so at
/// least one sees the other and no wake-up is lost. While nobody sleeps, `ring` is one load.
final class Doorbell: Sendable {
  private let monitor = Monitor()
  private let sleeping = Atomic<Bool>(false)

  /// Returns once `condition` holds, which must read its atomics sequentially consistently.
  func wait(until condition: () -> Bool) {
    monitor.lock()
    sleeping.store(true, ordering: .sequentiallyConsistent)
    while !condition() { monitor.wait() }
    sleeping.store(false, ordering: .sequentiallyConsistent)
    monitor.unlock()
  }

  /// Wakes the sleeper, if there is one, to look again. Call after a sequentially consistent store.
  func ring() {
    guard sleeping.load(ordering: .sequentiallyConsistent) else { return }
    // Taking the lock waits until the sleeper is really asleep and can be woken.
    monitor.lock()
    monitor.unlock()
    monitor.wakeAll()
  }
}
