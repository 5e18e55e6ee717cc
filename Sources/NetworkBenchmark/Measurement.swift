/// A line of standard input: so many passes, and what is told of them.
package struct Measurement {
  package enum Kind: String {
    /// Milliseconds of every pass.
    case passes = "time"
    /// Of encoder, decoder and heads.
    case parts
    /// Of passes without layers measured and with.
    case clock
    /// Each layer's median, and its GFLOP/s.
    case layers
  }

  package let kind: Kind
  package let count: Int

  /// - Parameter line: a number, or the kind's name and a number.
  package init(_ line: String) throws {
    let words = line.split(separator: " ")
    let name = words.count == 1 ? Kind.passes.rawValue : words.first.map(String.init)
    guard (1...2).contains(words.count), let kind = name.flatMap(Kind.init),
      let count = words.last.flatMap({ Int($0) }), count > 0
    else { throw UsageError(description: "not a measurement: \"\(line)\"") }
    self.kind = kind
    self.count = count
  }
}
