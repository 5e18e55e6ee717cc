import Glibc

/// How many cores this process may use (its affinity mask, so `taskset` and containers count).
///
/// Read from `/proc/self/status`, as glibc keeps `sched_getaffinity` for C with GNU extensions.
public func availableCores() -> Int {
  let key = Array("\nCpus_allowed:".utf8)
  let text = firstBytes(of: "/proc/self/status", count: 8192)
  for start in text.indices where text[start...].starts(with: key) {
    let mask = text[(start + key.count)...].prefix { $0 != UInt8(ascii: "\n") }
    let bits = mask.reduce(0) {
      $0 + (Character(Unicode.Scalar($1)).hexDigitValue ?? 0).nonzeroBitCount
    }
    if bits > 0 { return bits }
  }
  return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}

private func firstBytes(of path: String, count: Int) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    filled = max(0, read(descriptor, buffer.baseAddress, count))
  }
}
