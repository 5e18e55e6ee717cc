import Foundation
import Pipeline

/// Which threads of the process had how much of the cores during a run: the pool's workers and the
/// threads of decoder and encoder, which no stage's clock sees. It looks before the first frame and
/// after the last one, so it costs the run nothing.
final class ThreadCensus: FrameObserver, @unchecked Sendable {
  /// The threads of one name.
  struct Group: Codable, Equatable {
    var name: String
    var threads: Int
    /// CPU time they had together, in seconds.
    var coreSeconds: Double
  }

  private struct Thread {
    var name: String
    var nanoseconds: UInt64
  }

  // Calls come one after the other, see `FrameObserver`; read when the run has ended.
  private var before: [String: Thread] = [:]
  private var processBefore = 0.0
  private var machineBefore = 0.0
  /// Threads that lived through the end of the run, without the stages' own.
  private(set) var groups: [Group] = []
  /// CPU time of the whole process during the run, in seconds.
  private(set) var processSeconds = 0.0
  /// CPU time of everything else on the machine meanwhile, to hundredths of a second.
  private(set) var otherSeconds = 0.0

  func runBegan(stages: [String], start: UInt64) {
    before = Self.threads()
    processBefore = Self.processTime
    machineBefore = Self.machineTime
  }

  func frameDone(_ slot: FrameSlot, _ timing: FrameTiming) {}

  func runEnded(_ summary: RunSummary) {
    processSeconds = Self.processTime - processBefore
    otherSeconds = max(0, Self.machineTime - machineBefore - processSeconds)
    var found: [String: Group] = [:]
    for (id, thread) in Self.threads() {
      let used = thread.nanoseconds &- (before[id]?.nanoseconds ?? 0)
      var group = found[thread.name] ?? Group(name: thread.name, threads: 0, coreSeconds: 0)
      group.threads += 1
      group.coreSeconds += Double(used) / 1e9
      found[thread.name] = group
    }
    groups = found.values.filter { $0.coreSeconds > 0.001 }
      .sorted { ($1.coreSeconds, $0.name) < ($0.coreSeconds, $1.name) }
  }

  /// By thread id. Linux tells a thread's CPU time as the first number of its `schedstat`.
  private static func threads() -> [String: Thread] {
    let folder = "/proc/self/task"
    let ids = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let own = text("/proc/self/comm")?.trimmingCharacters(in: .whitespacesAndNewlines)
    var threads: [String: Thread] = [:]
    for id in ids {
      guard let name = text("\(folder)/\(id)/comm"), let times = text("\(folder)/\(id)/schedstat"),
        let nanoseconds = times.split(separator: " ").first.flatMap({ UInt64($0) })
      else { continue }
      // Codecs' threads have the name of the thread that started them.
      let given = name.trimmingCharacters(in: .whitespacesAndNewlines)
      threads[id] = Thread(
        name: given == own ? "main and codecs" : given, nanoseconds: nanoseconds)
    }
    return threads
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  private static var processTime: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// CPU time that the machine has spent on anything: the first line of /proc/stat counts user,
  /// nice, system, idle, waiting, interrupts and stolen time in ticks.
  private static var machineTime: Double {
    let fields = text("/proc/stat")?.split(separator: "\n").first?.split(separator: " ")
    let ticks = (fields ?? []).dropFirst().prefix(8).compactMap { Double($0) }
    guard ticks.count == 8 else { return 0 }
    let working = ticks.enumerated().filter { $0.offset != 3 && $0.offset != 4 }
    return working.reduce(0) { $0 + $1.element } / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
