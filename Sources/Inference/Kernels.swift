import CKernels
import COpenBLAS

/// The arithmetic of a network. Sums are float32 in all of them.
public enum Precision: String, Sendable, CaseIterable {
  case fp32
  /// Weights and feature maps are bfloat16.
  case bf16
}

/// The kernels in use: an element type, an instruction set, and who multiplies matrices.
public struct Kernels: @unchecked Sendable {
  /// Who multiplies matrices.
  public enum MatrixBackend: Sendable { case own, openBLAS }

  public let precision: Precision
  public let backend: MatrixBackend
  let table: ck_nn

  /// - Parameters:
  ///   - isa: the instruction set level; by default the highest of this CPU.
  ///   - backend: by default our own kernels, but OpenBLAS for fp32 where there are no SIMD ones.
  public init(
    _ precision: Precision, isa: ck_isa = ck_isa_active(), backend: MatrixBackend? = nil
  ) {
    self.precision = precision
    table = precision == .fp32 ? ck_nn_f32(isa).pointee : ck_nn_bf16(isa).pointee
    let prefersOpenBLAS = precision == .fp32 && table.isa == CK_ISA_PORTABLE
    let wanted = backend ?? (prefersOpenBLAS ? .openBLAS : .own)
    self.backend = wanted == .openBLAS && precision == .fp32 && openblas_load() ? .openBLAS : .own
  }

  public var name: String {
    let kernels = String(cString: table.name)
    guard backend == .openBLAS, let core = openblas_core_name() else { return kernels }
    return "\(kernels)+openblas-\(String(cString: core))"
  }

  /// Bytes of an element of a feature map.
  public var elementSize: Int { table.element_size }

  /// Whether this CPU computes `precision` with kernels of its own kind, and so gains by it.
  public static func isAccelerated(_ precision: Precision, isa: ck_isa = ck_isa_active()) -> Bool {
    switch precision {
    case .fp32: true
    case .bf16: ck_nn_bf16(isa).pointee.isa != CK_ISA_PORTABLE
    }
  }
}
