import Foundation

/// What the process may use of this machine, and what it has used.
enum Machine {
  /// Cores that this process may run on (`taskset` or a container may leave it fewer than exist).
  static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// The most memory that the process has had resident, bytes.
  static var peakResidentBytes: Int64 {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int64(usage.ru_maxrss) * 1024
  }

  /// The processor's name, where the system says it.
  static var processor: String {
    let text =
      FileManager.default.contents(atPath: "/proc/cpuinfo")
      .map { String(decoding: $0, as: UTF8.self) } ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last
    return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
  }
}
