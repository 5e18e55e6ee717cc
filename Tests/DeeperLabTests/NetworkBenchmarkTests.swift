import DeeperLab
import NetworkBenchmark
import Testing

/// What the benchmark program reads, and the lines that others parse.
@Suite struct NetworkBenchmarkTests {
  @Test func readsItsCommandLine() throws {
    let request = try BenchmarkRequest(["lite", "64x32", "int8", "2"])
    #expect(request.model == "lite")
    #expect([request.width, request.height, request.threads] == [64, 32, 2])
    #expect(request.precision == .int8)
  }

  @Test(arguments: [
    "", "lite 64x32 int8", "lite 64x32 int8 2 more", "lite 64 int8 2", "lite 64x32x int8 2",
    "lite -64x32 int8 2", "lite 64x0 int8 2", "lite 64x32 fp16 2", "lite 64x32 int8 0",
    "lite 64x32 int8 two",
  ]) func refusesOthers(line: String) {
    #expect(throws: UsageError.self) {
      try BenchmarkRequest(line.split(separator: " ").map(String.init))
    }
  }

  @Test func readsMeasurements() throws {
    for (line, kind) in [
      ("3", Measurement.Kind.passes), ("time 3", .passes), ("parts 3", .parts), ("clock 3", .clock),
      ("layers 3", .layers),
    ] {
      let measurement = try Measurement(line)
      #expect(measurement.kind == kind)
      #expect(measurement.count == 3)
    }
    for line in ["", "0", "-1", "time", "tim 3", "time 3 4", "3 time"] {
      #expect(throws: UsageError.self) { try Measurement(line) }
    }
  }

  @Test func tellsANumberForEachPassPartAndLayer() throws {
    let request = try BenchmarkRequest(["lite", "32x16", "fp32", "1"])
    let network = try TimedNetwork(request)
    func rows(_ line: String) throws -> [[Double?]] {
      network.run(try Measurement(line)).split(separator: "\n").map { row in
        row.split(separator: " ").map { Double($0) }
      }
    }
    func shape(_ line: String) throws -> [Int] {
      let rows = try rows(line)
      #expect(rows.joined().allSatisfy { ($0 ?? -1) > 0 })
      return rows.map(\.count)
    }
    #expect(try shape("3") == [3])
    #expect(try shape("parts 2") == [3, 3])
    #expect(try shape("clock 2") == [4, 4])
    let layers = try rows("layers 3")
    #expect(layers.count == 34)
    // A name, milliseconds, GFLOP/s.
    #expect(layers.allSatisfy { $0.count == 3 && $0[0] == nil && $0[1] != nil && $0[2] != nil })
  }

  @Test func refusesSizesThatTheNetworkDoesNotTake() throws {
    let request = try BenchmarkRequest(["lite", "60x32", "fp32", "1"])
    #expect(throws: ModelError.self) { try TimedNetwork(request) }
  }
}
