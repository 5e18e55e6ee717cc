import CKernels
import Inference
import Testing

@Suite struct MachinePeakTests {
  /// Every level counts what its instructions do: twice the rounds are twice the operations.
  @Test(arguments: Kernels.levels)
  func operationsAreCounted(isa: ck_isa) {
    for kind in [CK_PEAK_FP32, CK_PEAK_BF16, CK_PEAK_INT8] {
      let one = ck_peak_compute(isa, kind, 1)
      #expect(ck_peak_compute(isa, kind, 10) == 10 * one)
      #expect(kind != CK_PEAK_FP32 || one > 0)
    }
  }

  @Test func theRoofIsTheLowerOfTwoLines() {
    let peak = MachinePeak(
      threads: 2, operationsPerCore: ["fp32": 100e9, "bf16": 200e9], bytesPerCore: 10e9)
    #expect(peak.roof("fp32", intensity: 4) == 40e9)
    #expect(peak.roof("fp32", intensity: 40) == 100e9)
    #expect(peak.roof("bf16", intensity: 40) == 200e9)
    // No instruction of its own: float32's.
    #expect(peak.roof("int8", intensity: 40) == 100e9)
  }

  /// bfloat16 is taken where its instruction multiplies more: never without one, always in tiles.
  @Test(arguments: Kernels.levels)
  func bfloat16WhereItPays(isa: ck_isa) {
    let pays = Kernels.isAccelerated(.bf16, isa: isa)
    if isa.rawValue < CK_ISA_AVX512_DL.rawValue { #expect(!pays) }
    if isa.rawValue >= CK_ISA_AMX.rawValue { #expect(pays) }
    #expect(Kernels.isAccelerated(.bf16, isa: isa) == pays)
  }

  /// int8 is taken where its vectors are as wide as float's: AVX-512 without VNNI has AVX2's only.
  @Test func int8WhereItPays() {
    let pays = (0...CK_ISA_AMX.rawValue).map { Kernels.isAccelerated(.int8, isa: ck_isa($0)) }
    #expect(pays == [false, true, true, false, true, true, true])
  }

  /// Wide bounds: a core of the last decade does more than 1 GFLOP/s and reads more than 0.1 GB/s,
  /// and none has done 10 TFLOP/s or read 1 TB/s.
  @Test func figuresArePlausible() {
    let pool = ThreadPool(threads: 2)
    let operations = MachinePeak.operationsPerCore(pool)
    #expect(operations["fp32"] != nil)
    for (name, value) in operations { #expect((1e9...1e13).contains(value), "\(name)") }
    let bytes = MachinePeak.bytesPerCore(pool)
    #expect((1e8...1e12).contains(bytes))
    print("peak of a core: \(operations.mapValues { Int($0 / 1e9) }), \(Int(bytes / 1e6)) MB/s")
  }
}
