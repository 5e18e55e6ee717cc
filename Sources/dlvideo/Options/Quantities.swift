import ArgumentParser

/// Seconds as a person writes them: `90`, `1.5`, `1:30`, `01:02:03.5`.
package struct TimeSpan: Equatable, Sendable, ExpressibleByArgument {
  package var seconds: Double

  package init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count) else { return nil }
    var seconds = 0.0
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      guard let first = part.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
        let value = isLast ? Double(part) : Int(part).map(Double.init), value.isFinite,
        parts.count == 1 || index == 0 || value < 60
      else { return nil }
      seconds = seconds * 60 + value
    }
    guard seconds < 1e9 else { return nil }
    self.seconds = seconds
  }
}

/// Bits a second as a person writes them: `800k`, `2.5M`, `1500000`.
package struct BitRate: Equatable, Sendable, ExpressibleByArgument {
  package var bitsPerSecond: Int64

  package init?(argument: String) {
    let units: [Character: Double] = ["k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "g": 1e9, "G": 1e9]
    let factor = argument.last.flatMap { units[$0] }
    guard let value = Double(factor == nil ? argument : String(argument.dropLast())),
      value.isFinite, value > 0, value * (factor ?? 1) < 1e12
    else { return nil }
    bitsPerSecond = Int64(value * (factor ?? 1))
    if bitsPerSecond < 1 { return nil }
  }
}
