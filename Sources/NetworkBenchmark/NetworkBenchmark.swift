import Glibc
import Inference

/// Times the network alone.
///
///     NetworkBenchmark MODEL|paper|lite WxH fp32|bf16|int8 THREADS
///
/// Reads lines from standard input, each a number of forward passes ("N" or "time N"); for each line
/// runs them and prints the milliseconds of every pass, or of encoder, decoder and heads after
/// "parts N", or of pairs of passes without and with layers measured after "clock N", or each layer's
/// median and its GFLOP/s after "layers N". So that another program can run engines in turn, on the
/// same machine at the same time.
///
/// Exit status: 64 for a wrong command line, input line or DLVIDEO_ISA, 69 for a model or a size that
/// cannot be used.
@main
enum NetworkBenchmark {
  static func main() {
    do {
      try Kernels.checkEnvironment()
      let request = try BenchmarkRequest(Array(CommandLine.arguments.dropFirst()))
      let network = try TimedNetwork(request)
      while let line = readLine() {
        print(network.run(try Measurement(line)))
        fflush(nil)
      }
    } catch {
      _ = "NetworkBenchmark: \(error)\n".withCString { write(STDERR_FILENO, $0, strlen($0)) }
      exit(status(of: error))
    }
  }

  private static func status(of error: any Error) -> Int32 {
    switch error {
    case is UsageError, InferenceError.instructionSet: EX_USAGE
    default: EX_UNAVAILABLE
    }
  }
}
