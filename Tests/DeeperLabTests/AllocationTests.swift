import CAllocationCounter
import CKernels
import DeeperLab
import Inference
import Synchronization
import Testing

/// The network allocates nothing per frame: malloc is counted on all threads of its pool.
@Suite struct AllocationTests {
  /// Runs `body` on every thread of the pool, the calling one included.
  private func onEachThread(of pool: ThreadPool, _ body: @escaping () -> Void) {
    let arrived = Atomic<Int>(0)
    let job = ParallelJob { _ in
      body()
      arrived.wrappingAdd(1, ordering: .relaxed)
      // No thread takes a second chunk before each has one.
      while arrived.load(ordering: .relaxed) < pool.threads {}
    }
    pool.run(job, count: pool.threads)
  }

  /// What the pool's threads have allocated while they were watched.
  private func total(_ pool: ThreadPool) -> Int {
    let sum = Atomic<Int>(0)
    onEachThread(of: pool) {
      sum.wrappingAdd(Int(allocation_counter_thread_total()), ordering: .relaxed)
    }
    return sum.load(ordering: .relaxed)
  }

  private func allocations(_ pool: ThreadPool, _ work: () -> Void) -> Int {
    let before = total(pool)
    onEachThread(of: pool) { allocation_counter_watch_thread(true) }
    work()
    onEachThread(of: pool) { allocation_counter_watch_thread(false) }
    return total(pool) - before
  }

  /// Passes of a network, whose layers are measured or not, allocate nothing after the first.
  private func expectNone(
    _ model: ModelDescription, _ precision: Precision, isa: ck_isa = ck_isa_active(), threads: Int
  ) throws {
    let (width, height) = (112, 80)
    let weights = HashedWeights(model: "allocations")
    let picture = HashedPicture.rgb("allocations", width: width, height: height)
    let pool = ThreadPool(threads: threads)
    let ranges =
      precision == .int8
      ? try Calibrator.ranges(
        weights, model, pictures: [picture], width: width, height: height, pool: pool)
      : [:]
    let network = try DeeperLabNetwork(
      weights, model, width: width, height: height,
      kernels: Kernels(precision, isa: isa, backend: .own, ranges: ranges), pool: pool)
    let frame = network.makeActivations()
    // Its jobs are objects.
    let ofCounting = allocations(pool) {}
    for measures in [false, true] {
      network.measuresLayers = measures
      network.run(picture, frame)
      let found = allocations(pool) { for _ in 0..<3 { network.run(picture, frame) } }
      #expect(found == ofCounting, measures ? "measured" : "not measured")
    }
  }

  @Test(
    .enabled(if: allocation_counter_works(), "malloc belongs to the sanitizer"),
    arguments: Precision.allCases, [1, 2])
  func aPassAllocatesNothing(precision: Precision, threads: Int) throws {
    try expectNone(GoldenCase.all[0].description, precision, threads: threads)
  }

  /// A decoder that is wide enough for Strassen's algorithm, with the instructions that it pays for.
  @Test(
    .enabled(if: allocation_counter_works(), "malloc belongs to the sanitizer"),
    .enabled(if: Kernels.levels.contains(CK_ISA_AVX2)), arguments: [1, 2])
  func norDoesAWideOne(threads: Int) throws {
    var model = GoldenCase.all[0].description
    model.decoder = 512
    try expectNone(model, .fp32, isa: CK_ISA_AVX2, threads: threads)
  }

  @Test(.enabled(if: allocation_counter_works(), "malloc belongs to the sanitizer"))
  func theCounterCounts() {
    let pool = ThreadPool(threads: 2)
    let job = ParallelJob { chunk in
      UnsafeMutableRawPointer.allocate(byteCount: 100 + chunk, alignment: 8).deallocate()
    }
    #expect(allocations(pool) { pool.run(job, count: 1000) } >= 1000)
  }
}
