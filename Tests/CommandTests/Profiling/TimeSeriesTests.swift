import SeededRandom
import Testing
import dlvideo

@Suite struct TimeSeriesTests {
  @Test func quantilesAreByNearestRank() {
    let times = TimeSeries([5, 1, 4, 2, 3])
    #expect(times.quantile(0.5) == 3)
    #expect(times.quantile(0) == 1 && times.quantile(1) == 5)
    #expect(times.quantile(0.9) == 5 && times.quantile(0.2) == 1)
    #expect(times.mean == 3)
    #expect(TimeSeries([]).quantile(0.5) == 0)
  }

  @Test func theMediansErrorFollowsTheStretches() {
    // Steady: no error. A drift over the session: an error of about its size over root 8.
    #expect(TimeSeries([Double](repeating: 7, count: 80)).medianError == 0)
    let drifting = TimeSeries((0..<80).map { Double($0 / 10) })
    #expect(abs(drifting.medianError - (6.0 / 8).squareRoot()) < 1e-12)
    #expect(abs(drifting.meanError - (6.0 / 8).squareRoot()) < 1e-12)
    #expect(TimeSeries([1, 2, 3]).medianError == .infinity)
  }

  @Test func aChangeCountsOnlyBeyondTheNoise() {
    func verdict(_ before: Double, _ after: Double, _ error: Double) -> String {
      ProfileComparison.Row(name: "", before: before, after: after, error: error).verdict.rawValue
    }
    #expect(verdict(10, 8, 0.1) == "faster")
    #expect(verdict(10, 12, 0.1) == "slower")
    #expect(verdict(10, 8, 1) == "")
    #expect(verdict(10, 9.95, 0) == "")
    #expect(verdict(10, 8, .infinity) == "")
    #expect(verdict(0, 8, 0) == "")
  }

  /// Sessions of 400 frames with independent noise of 10 % a frame: a change of 5 % is found, and
  /// equal ones are taken for equal.
  @Test func verdictsOnSessionsWithKnownNoise() {
    var random = SplitMix(seed: 1)
    func session(_ level: Double) -> TimeSeries {
      TimeSeries(
        (0..<400).map { _ in
          // The sum of four even distributions: nearly normal, its deviation 0.577.
          var sum = 0.0
          for _ in 0..<4 { sum += Double.random(in: -0.5...0.5, using: &random) }
          return level * (1 + 0.1 * sum / 0.577)
        })
    }
    var wrong = 0
    for _ in 0..<500 {
      if ProfileComparison.Row("", session(10), session(10)).verdict != .same { wrong += 1 }
    }
    #expect(wrong <= 5)
    let found = (0..<100).filter { _ in
      ProfileComparison.Row("", session(10), session(9.5)).verdict == .faster
    }
    #expect(found.count >= 90)
    #expect(
      (0..<100).allSatisfy { _ in
        ProfileComparison.Row("", session(9), session(10)).verdict == .slower
      })
  }
}
