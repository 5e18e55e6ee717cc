import Glibc

/// What the process may use of this machine.
enum Machine {
  /// Cores that this process may run on (a container or `taskset` may leave it fewer than exist).
  static var cores: Int {
    var set = cpu_set_t()
    guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else {
      return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
    let count = withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
    return max(1, count)
  }

  /// The most memory the process has had resident, bytes.
  static var peakResidentBytes: Int64 {
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return Int64(usage.ru_maxrss) * 1024
  }
}
