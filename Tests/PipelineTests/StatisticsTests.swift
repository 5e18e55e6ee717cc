import Foundation
import Pipeline
import SeededRandom
import Testing

@Suite struct StatisticsTests {
  @Test func quantilesAreWithinTwoPercent() {
    var random = SplitMix(seed: 1)
    var histogram = Histogram()
    var values: [UInt64] = []
    for _ in 0..<20_000 {
      // Over nine decades, as many in each.
      let value = UInt64(pow(10, Double.random(in: 0...9, using: &random)))
      values.append(value)
      histogram.add(nanoseconds: value)
    }
    values.sort()
    for p in [0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1] {
      let exact = Double(values[max(0, Int((p * 20_000).rounded(.up)) - 1)])
      #expect(abs(Double(histogram.quantile(p)) - exact) <= 0.01 * exact, "p = \(p)")
    }
    #expect(histogram.max == values.last && histogram.min == values.first)
    #expect(histogram.count == 20_000 && histogram.sum == values.reduce(0, +))
    #expect(histogram.nonemptyBuckets.map(\.count).reduce(0, +) == 20_000)
    #expect(histogram.nonemptyBuckets.allSatisfy { $0.from < $0.to })
  }

  @Test func extremesAreKept() throws {
    var histogram = Histogram()
    #expect(histogram.p50 == 0 && histogram.min == 0 && histogram.max == 0 && histogram.mean == 0)
    for value in [0, 63, 64, 65, UInt64(1) << 45] { histogram.add(nanoseconds: value) }
    #expect(histogram.quantile(0) == 0 && histogram.quantile(1) == 1 << 45)
    #expect(histogram.p50 == 64)
    var sum = Histogram()
    sum.merge(histogram)
    sum.merge(histogram)
    #expect(sum.count == 10 && sum.max == 1 << 45 && sum.min == 0)
    let decoded = try JSONDecoder().decode(Histogram.self, from: JSONEncoder().encode(sum))
    #expect(decoded == sum)
  }

  @Test func ratesStayBoundedAndKeepTheirSums() {
    let second: UInt64 = 1_000_000_000
    var meter = RateMeter(start: 5 * second, capacity: 8)
    for index in 0..<1000 {
      let now = 5 * second + UInt64(index) * second / 10
      meter.frameFinished(at: now, latency: UInt64(index) * 1_000_000)
      if index % 4 == 0 { meter.framesDropped(2, at: now) }
    }
    let points = meter.points(until: 105 * second)
    #expect(points.count <= 8)
    #expect(points.map(\.frames).reduce(0, +) == 1000)
    #expect(points.map(\.dropped).reduce(0, +) == 500)
    #expect(points.dropLast().allSatisfy { abs($0.framesPerSecond - 10) < 1e-9 })
    #expect(points.last?.maxLatencyMilliseconds == 999)
    #expect(abs(meter.recentFramesPerSecond(at: 105 * second) - 10) < 1e-6)
    #expect(RateMeter(start: 0).recentFramesPerSecond(at: second) == 0)
  }

  @Test func timingTellsThisFrameAndElseTheOneBefore() throws {
    let seen = Guarded<[(frame: Int, first: Double, last: Double, latency: Double)]>([])
    let pipeline = Pipeline(
      slots: makeSlots(1),  // one frame at a time: the one before has ended
      source: counting(to: 3),
      stages: [
        Stage("first") { slot, _ in sleep(microseconds: slot.number == 1 ? 20_000 : 2000) },
        Stage("hud") { _, timing in
          seen.withLock {
            $0.append(
              (
                timing.sequence, timing.milliseconds(stage: 1), timing.milliseconds(stage: 3),
                timing.latencyMilliseconds
              ))
          }
        },
        Stage("last") { slot, _ in sleep(microseconds: slot.number == 1 ? 10_000 : 1000) },
      ])
    let summary = try pipeline.run()
    let rows = seen.withLock { $0 }
    #expect(rows[0].first >= 2 && rows[0].last == 0 && rows[0].latency == 0)
    #expect(rows[1].first >= 20 && rows[1].last >= 1 && rows[1].latency >= 3)
    #expect(rows[2].first >= 2 && rows[2].last >= 10 && rows[2].latency >= 30)
    #expect(summary.stages[1].durations.max >= 20_000_000)
    #expect(summary.stages[1].busyNanoseconds >= 24_000_000)
    let decoded = try JSONDecoder().decode(RunSummary.self, from: JSONEncoder().encode(summary))
    #expect(decoded == summary)
  }

  @Test func waitsAreToldByCause() throws {
    let pipeline = Pipeline(
      slots: makeSlots(5), source: counting(to: 20),
      stages: [
        Stage("fast before") { _, _ in },
        Stage("slow") { _, _ in sleep(microseconds: 3000) },
        Stage("fast after") { _, _ in },
      ], ringCapacity: 1)
    let stages = try pipeline.run().stages
    #expect(stages[0].waitsForRoom.nanoseconds > 20_000_000)
    #expect(stages[1].waitsForRoom.nanoseconds > 20_000_000)
    #expect(stages[2].waitsForRoom.nanoseconds < 10_000_000)
    #expect(stages[3].waitsForInput.nanoseconds > 40_000_000)
    #expect(stages[3].waitsForInput.count >= 15)
    #expect(stages[2].meanFullness > 0.5 && stages[3].meanFullness < 0.5)
    #expect(stages[2].utilization > 0.5 && stages[2].occupancy < 0.5)
    #expect(stages.allSatisfy { $0.fullness.reduce(0, +) == 20 })
  }
}
