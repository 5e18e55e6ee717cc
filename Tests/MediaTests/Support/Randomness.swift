import Foundation

/// How many seeds a randomised test tries: few in a quick run, 500 where `DLVIDEO_SEEDS` says so.
func seeds(quick: Int) -> Range<Int> {
  0..<(ProcessInfo.processInfo.environment["DLVIDEO_SEEDS"].flatMap(Int.init) ?? quick)
}
