import Dispatch
import Glibc
import Synchronization

/// Brings a file that is being written to the disk itself, again and again, beside the writing: so
/// that not even a power cut takes more than its newest second and the fragment under way. The
/// system would otherwise keep what was written in memory for half a minute.
final class DiskSync: Sendable {
  private let descriptor: Int32
  private let queue = DispatchQueue(label: "disk sync")
  private let isWanted = Atomic<Bool>(false)
  /// When the latest sync began, on the monotonic clock.
  private let latest = Atomic<UInt64>(0)
  private static let shortestPause: UInt64 = 1_000_000_000

  /// nil where `path` is no regular file that can be opened.
  init?(path: String) {
    guard FileStatus(path: path)?.isRegular == true else { return nil }
    descriptor = open(path, O_WRONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
  }

  /// There is something new in the file. Never blocks.
  func request() {
    if isWanted.exchange(true, ordering: .relaxed) { return }
    let now = monotonicNanoseconds()
    let due = max(now, latest.load(ordering: .relaxed) + Self.shortestPause)
    queue.asyncAfter(deadline: .now() + .nanoseconds(Int(due - now))) { [self] in sync() }
  }

  private func sync() {
    latest.store(monotonicNanoseconds(), ordering: .relaxed)
    // What is written from here on wants another one.
    isWanted.store(false, ordering: .relaxed)
    // What cannot be synced (a file system without) is as safe as it gets.
    fdatasync(descriptor)
  }

  deinit { Glibc.close(descriptor) }
}
