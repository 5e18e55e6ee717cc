import CKernels
import COpenBLAS

/// The arithmetic of a network. Sums are float32, or int32 for int8.
public enum Precision: String, Sendable, CaseIterable {
  case fp32
  /// Weights and feature maps are bfloat16. Multiplied in pairs where the CPU is faster so, else as
  /// float32.
  case bf16
  /// Weights are int8 and feature maps uint8, by ranges that were measured (`ActivationRanges`).
  case int8
}

/// The kernels in use: an element type, an instruction set, and who multiplies matrices.
public struct Kernels: @unchecked Sendable {
  /// Who multiplies matrices.
  public enum MatrixBackend: Sendable { case own, openBLAS }

  /// Inputs of an output at most: with so many, int8's sums of products, 127 * 255 each, stay within
  /// 32 bits.
  public static let mostInputs = 1 << 16

  public let precision: Precision
  public let backend: MatrixBackend
  let table: ck_nn
  /// Of the feature maps, for int8.
  let quantizations: [String: Quantization]
  /// By a convolution's name: what int8 is wrong by in the mean, for each output.
  let corrections: [String: [Float]]
  /// Told what layers write, for fp32.
  let recorder: RangeRecorder?

  /// - Parameters:
  ///   - isa: the instruction set level; by default the highest of this CPU.
  ///   - backend: by default our own kernels, but OpenBLAS for fp32 where there are no SIMD ones.
  ///   - ranges: of all feature maps of the layers that will be made with these kernels; needed
  ///     for int8.
  ///   - corrections: by the name of a convolution with float32 output, what int8 adds to its
  ///     outputs, so that they are right in the mean.
  ///   - recorder: is shown what fp32 layers write.
  public init(
    _ precision: Precision, isa: ck_isa = ck_isa_active(), backend: MatrixBackend? = nil,
    ranges: ActivationRanges = [:], corrections: [String: [Float]] = [:],
    recorder: RangeRecorder? = nil
  ) {
    precondition(precision == .fp32 || recorder == nil)
    self.precision = precision
    quantizations = ranges.mapValues(Quantization.init)
    self.corrections = precision == .int8 ? corrections : [:]
    self.recorder = recorder
    table = Self.table(precision, isa)
    let prefersOpenBLAS = precision == .fp32 && table.isa == CK_ISA_PORTABLE
    let wanted = backend ?? (prefersOpenBLAS ? .openBLAS : .own)
    self.backend = wanted == .openBLAS && precision == .fp32 && openblas_load() ? .openBLAS : .own
  }

  private static func table(_ precision: Precision, _ isa: ck_isa) -> ck_nn {
    switch precision {
    case .fp32: ck_nn_f32(isa).pointee
    case .bf16: ck_nn_bf16(isa == CK_ISA_AVX512_DL && !pairsPay ? CK_ISA_AVX512 : isa).pointee
    case .int8: ck_nn_i8(isa).pointee
    }
  }

  /// Whether AVX-512's instruction for pairs of bfloat16 is the faster way to multiply them.
  private static let pairsPay = MachinePeak.bfloat16Pays(CK_ISA_AVX512_DL)

  /// These kernels with one more map.
  func adding(_ map: String, _ quantization: Quantization) -> Kernels {
    Kernels(self, quantizations.merging([map: quantization]) { $1 })
  }

  private init(_ kernels: Kernels, _ quantizations: [String: Quantization]) {
    (precision, backend, table) = (kernels.precision, kernels.backend, kernels.table)
    (self.quantizations, recorder) = (quantizations, kernels.recorder)
    corrections = kernels.corrections
  }

  /// A bias with the correction of the convolution of that name.
  public func corrected(_ bias: [Float], _ name: String) -> [Float] {
    guard let correction = corrections[name], correction.count == bias.count else { return bias }
    return zip(bias, correction).map(+)
  }

  /// Whether the ranges of all these maps are known.
  public func hasRanges(of maps: [String]) -> Bool {
    maps.allSatisfy { quantizations[$0] != nil }
  }

  /// What a map's zero is: the value of padding.
  public func zero(of map: String) -> UInt8 {
    precision == .int8 ? UInt8(quantizations[map]!.zeroPoint) : 0
  }

  public var name: String {
    let kernels = String(cString: table.name)
    guard backend == .openBLAS, let core = openblas_core_name() else { return kernels }
    return "\(kernels)+openblas-\(String(cString: core))"
  }

  /// Whether matrix products run in tiles (AMX): so fast that their speed is that of the cache
  /// which what they read comes from.
  public var multipliesInTiles: Bool { table.isa.rawValue >= CK_ISA_AMX.rawValue }

  /// Bytes of an element of a feature map.
  public var elementSize: Int { table.element_size }

  /// The instruction set levels that this CPU offers, the lowest first.
  public static var levels: [ck_isa] {
    (0...ck_isa_detected().rawValue).map { ck_isa($0) }.filter(ck_isa_is_offered)
  }

  /// Looks whether what the environment variable DLVIDEO_ISA asks for can be had; for programs,
  /// before they do anything.
  ///
  /// - Throws: `InferenceError.instructionSet`.
  public static func checkEnvironment() throws {
    guard let wish = ck_isa_unmet_wish() else { return }
    throw InferenceError.instructionSet(
      wanted: String(cString: wish), offered: levels.map { String(cString: ck_isa_name($0)) })
  }

  /// Whether this CPU computes `precision` with kernels of its own kind, and so gains by it.
  public static func isAccelerated(_ precision: Precision, isa: ck_isa = ck_isa_active()) -> Bool {
    switch precision {
    case .fp32: true
    case .bf16:
      isa.rawValue >= CK_ISA_AMX.rawValue || (isa == CK_ISA_AVX512_DL && pairsPay)
    case .int8: int8Pays(isa)
    }
  }

  /// Where vectors of int8 are at least as wide as those of float; AVX-512 without VNNI has AVX2's.
  private static func int8Pays(_ isa: ck_isa) -> Bool {
    let own = ck_nn_i8(isa).pointee.isa.rawValue
    return own > CK_ISA_PORTABLE.rawValue && own >= ck_nn_f32(isa).pointee.isa.rawValue
  }
}
