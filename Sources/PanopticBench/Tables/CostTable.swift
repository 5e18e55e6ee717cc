import CAllocationCounter
import CKernels
import Glibc
import Panoptic

/// What grouping and fusion cost at 512x288 on one core, and what they allocate.
package enum CostTable {
  /// Classes of the semantic head, as in Cityscapes: made-up scenes use the first few.
  package static let classCount = 19

  package struct Cost: Sendable {
    /// Medians, in milliseconds of the thread's processor time.
    package var grouping = 0.0
    package var fusion = 0.0
    package var tracking = 0.0
    package var instances = 0
    /// Blocks that the three stages allocated over all repetitions.
    package var allocations = 0
  }

  package static func measure(
    _ scene: TruthScene, noise: Double, decoding: Decoding, repetitions: Int
  ) -> Cost {
    let heads = widened(IdealHeads.make(scene, radius: Float(IdealTable.radius)))
    if noise > 0 { IdealHeads.addNoise(pixels: noise, logits: noise / 2, to: heads, seed: 9) }
    let classes =
      TruthScene.classes
      + (TruthScene.classes.count..<classCount).map {
        ClassInfo(id: $0 + 1, name: "class \($0 + 1)", isThing: false)
      }
    let decoder = PanopticDecoder(
      classes: classes, headHeight: heads.height, headWidth: heads.width,
      parameters: GroupingParameters(keypointRadius: IdealTable.radius), decoding: decoding)
    let tracker = Tracker(classCount: classCount)
    let set = decoder.makeInstanceSet()
    let map = decoder.makeMap()
    let maps = heads.maps
    var times = [[Double]](repeating: [], count: 3)
    for n in times.indices { times[n].reserveCapacity(repetitions) }
    allocation_counter_watch_thread(true)
    defer { allocation_counter_watch_thread(false) }
    var cost = Cost()
    var before: UInt64 = 0
    for repetition in 0..<(repetitions + 3) {
      let start = processorMilliseconds()
      decoder.group(maps, into: set)
      let grouped = processorMilliseconds()
      decoder.fuse(maps, set, into: map)
      let fused = processorMilliseconds()
      tracker.update(map)
      let tracked = processorMilliseconds()
      if repetition == 2 { before = allocation_counter_thread_total() }
      guard repetition > 2 else { continue }
      times[0].append(grouped - start)
      times[1].append(fused - grouped)
      times[2].append(tracked - fused)
    }
    cost.allocations = Int(allocation_counter_thread_total() - before)
    cost.grouping = median(times[0])
    cost.fusion = median(times[1])
    cost.tracking = median(times[2])
    cost.instances = map.segments.count { $0.isThing }
    return cost
  }

  /// The same heads with more classes, all of them unlikely.
  private static func widened(_ heads: HeadBuffers) -> HeadBuffers {
    let wide = HeadBuffers(height: heads.height, width: heads.width, classCount: classCount)
    for head in HeadBuffers.Head.allCases where head != .semantic {
      _ = wide.values(head).update(from: heads.values(head))
    }
    for i in 0..<heads.height {
      for j in 0..<heads.width {
        let cell = wide.cell(.semantic, i, j)
        for c in 0..<classCount {
          cell[c] = c < heads.classCount ? heads.cell(.semantic, i, j)[c] : -20 - Float(c)
        }
      }
    }
    return wide
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private static func processorMilliseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) * 1e-6
  }

  package static func printTable() {
    print(
      "512x288, \(classCount) classes, kernels: \(String(cString: ck_isa_name(ck_isa_active())))")
    print(
      "| decoding | maps | instances | grouping ms | fusion ms | both ms | tracking ms | allocations |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for decoding in Decoding.allCases {
      for (count, sizes) in [(1, 40.0...40.0), (20, 30...100), (200, 12...26)] {
        for noise in [0.0, 2.0] {
          let scene = SceneKind.scattered.scene(count: count, sizes: sizes, seed: 1)
          let cost = measure(scene, noise: noise, decoding: decoding, repetitions: 101)
          print(
            "| \(decoding.rawValue) | \(noise == 0 ? "ideal" : "noise \(noise) px") | "
              + "\(cost.instances) | \(cost.grouping.hundredths) | \(cost.fusion.hundredths) | "
              + "\((cost.grouping + cost.fusion).hundredths) | \(cost.tracking.hundredths) | "
              + "\(cost.allocations) |")
        }
      }
    }
  }
}

extension Double {
  package var hundredths: String {
    let value = Int((self * 100).rounded())
    return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
  }
}
