import Inference

/// What a wrong command line or input line gets.
package struct UsageError: Error, CustomStringConvertible {
  package let description: String
}

/// The command line: which network, and how it runs.
package struct BenchmarkRequest {
  /// A model file's path, or `paper` or `lite`.
  package let model: String
  package let width: Int
  package let height: Int
  package let precision: Precision
  package let threads: Int

  static let usage = "usage: NetworkBenchmark MODEL|paper|lite WxH fp32|bf16|int8 THREADS"

  /// - Parameter arguments: without the program's name.
  package init(_ arguments: [String]) throws {
    guard arguments.count == 4 else { throw UsageError(description: Self.usage) }
    let sides = arguments[1].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1], width > 0, height > 0,
      let precision = Precision(rawValue: arguments[2]), let threads = Int(arguments[3]),
      threads > 0
    else { throw UsageError(description: Self.usage) }
    model = arguments[0]
    self.width = width
    self.height = height
    self.precision = precision
    self.threads = threads
  }
}
