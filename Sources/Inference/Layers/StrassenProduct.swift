import CKernels

/// Some columns of a pointwise convolution by one level of Strassen's algorithm, in Winograd's form:
/// seven products of quarters instead of eight, so an eighth fewer multiplications (V. Strassen,
/// Gaussian elimination is not optimal, 1969; S. Winograd, 1971). Float32 only.
///
/// Quarters are halves of the pixels by halves of the channels. The sums of the input's quarters
/// (`StrassenInput`) serve all columns; the weights' are packed once. What is added up on the output's
/// side exists for the few columns of one object, in the first caches.
///
/// Its rounding differs from the plain product's: errors are relative to the largest values of a
/// row and a column, not to each sum.
public final class StrassenProduct: @unchecked Sendable {
  /// Columns of either half that one object computes: a panel of the kernels.
  public static let columns = Int(CK_PANEL)

  private let kernels: Kernels
  private let width: Int
  // Named by what each is multiplied with.
  private let x11: PackedMatrix
  private let x12: PackedMatrix
  private let s4: PackedMatrix
  private let x22: PackedMatrix
  private let s1: PackedMatrix
  private let s2: PackedMatrix
  private let s3: PackedMatrix
  /// No product: bias and activation of what was added up.
  private let finish: PackedMatrix

  /// Whether an input and kernels are of the kind for it: the eighth that is spared must be more than
  /// four passes over the input for its sums, and than reading seven matrices instead of four.
  public static func serves(_ kernels: Kernels, inputs: Int, outputs: Int) -> Bool {
    let least = kernels.table.isa.rawValue < CK_ISA_AVX512.rawValue ? 512 : leastForWideVectors
    return kernels.backend == .own && kernels.table.strassen_sums != nil && inputs % 2 == 0
      && inputs >= least && outputs >= least
  }

  /// Where multiplications are so fast that reading is felt: with 4096 inputs and outputs it is a tenth
  /// faster than the plain product (Intel, AMD), with 1024 a twentieth slower (Intel).
  private static let leastForWideVectors = 2048

  /// - Parameters:
  ///   - first, second: columns of the two halves, as many of both: row-major [inputs][columns].
  public init(
    first: (b: [Float], bias: [Float]), second: (b: [Float], bias: [Float]), inputs: Int,
    activation: Activation, maps: LayerMaps, kernels: Kernels
  ) {
    precondition(first.bias.count == second.bias.count && inputs % 2 == 0)
    precondition(first.bias.count <= Self.columns)
    self.kernels = kernels
    let columns = first.bias.count
    width = columns
    let half = inputs / 2
    let cut = half * columns
    let (w11, w21) = (first.b[..<cut], first.b[cut...])
    let (w12, w22) = (second.b[..<cut], second.b[cut...])
    let t1 = zip(w12, w11).map(-)
    let t2 = zip(w22, t1).map(-)
    let t3 = zip(w22, w12).map(-)
    let minusT4 = zip(w21, t2).map(-)
    let none = [Float](repeating: 0, count: width)
    func inner(_ b: [Float]) -> PackedMatrix {
      PackedMatrix(
        b, bias: none, inputs: half, activation: .none,
        maps: LayerMaps(input: maps.input, output: nil), kernels: kernels)
    }
    func outer(_ b: [Float], _ bias: [Float]) -> PackedMatrix {
      PackedMatrix(
        b, bias: bias, inputs: b.count / columns, activation: activation, maps: maps,
        kernels: kernels)
    }
    x11 = inner(Array(w11))
    x12 = outer(Array(w21), first.bias)
    s4 = outer(Array(w22), second.bias)
    x22 = outer(minusT4, first.bias)
    s1 = inner(t1)
    s2 = inner(t2)
    s3 = inner(t3)
    finish = outer([], second.bias)
  }

  /// Bytes of scratch for inputs of up to so many pairs of pixels.
  public static func scratchBytes(pairs: Int) -> Int {
    3 * pairs * columns * MemoryLayout<Float>.stride
  }

  /// Computes the columns of all pixels of the input.
  ///
  /// - Parameter output: for a half of the pixels (0, 1), a half of the columns (0, 1) and a row of
  ///   that half, where the row's first pixel goes; `stride` is from pixel to pixel, in elements.
  public func run(
    _ input: StrassenInput, stride: Int, scratch: UnsafeMutableRawPointer,
    output: (_ pixels: Int, _ columns: Int, _ row: Int) -> UnsafeMutableRawPointer
  ) {
    let pairs = input.rows * input.width
    let bytes = pairs * width * MemoryLayout<Float>.stride
    let (sum, second, third) = (scratch, scratch + bytes, scratch + 2 * bytes)

    /// A product of all pairs, plus `added`.
    func collect(
      _ matrix: PackedMatrix, _ a: StrassenInput.Quarter, plus added: UnsafeMutableRawPointer?,
      into c: UnsafeMutableRawPointer
    ) {
      matrix.multiply(
        a.base, stride: a.stride, into: c, stride: width, count: pairs, residual: added,
        residualStride: width)
    }
    /// A product that completes a quarter of the output.
    func complete(
      _ matrix: PackedMatrix, _ a: StrassenInput.Quarter, plus added: UnsafeMutableRawPointer,
      pixels: Int, columns: Int
    ) {
      for row in 0..<(pixels == 0 ? input.rows : input.partnerRows) {
        let first = row * input.width
        matrix.multiply(
          a.base + first * a.stride * MemoryLayout<Float>.stride, stride: a.stride,
          into: output(pixels, columns, row), stride: stride, count: input.width,
          residual: added + first * width * MemoryLayout<Float>.stride, residualStride: width)
      }
    }
    func add(_ added: UnsafeMutableRawPointer, to c: UnsafeMutableRawPointer) {
      kernels.table.accumulate(
        added, 0, 1, Int32(pairs * width), c.assumingMemoryBound(to: Float.self))
    }

    collect(x11, input.x11, plus: nil, into: sum)
    complete(x12, input.x12, plus: sum, pixels: 0, columns: 0)
    collect(s2, input.s2, plus: sum, into: sum)
    collect(s1, input.s1, plus: sum, into: second)
    complete(s4, input.s4, plus: second, pixels: 0, columns: 1)
    collect(s3, input.s3, plus: nil, into: third)
    add(third, to: second)
    complete(finish, input.x22, plus: second, pixels: 1, columns: 1)
    add(third, to: sum)
    complete(x22, input.x22, plus: sum, pixels: 1, columns: 0)
  }
}
