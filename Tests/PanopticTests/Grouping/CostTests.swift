import CAllocationCounter
import Panoptic
import PanopticBench
import Testing

@Suite struct CostTests {
  @Test(.enabled(if: allocation_counter_works()), arguments: Decoding.allCases, [20, 200])
  func nothingIsAllocatedPerFrame(_ decoding: Decoding, _ count: Int) {
    let scene = SceneKind.scattered.scene(
      count: count, sizes: count == 20 ? 30...100 : 12...26, seed: 1)
    let cost = CostTable.measure(scene, noise: 1, decoding: decoding, repetitions: 3)
    #expect(cost.allocations == 0, "grouping, fusion and tracking of three frames")
    #expect(cost.instances > count / 4)
  }
}
