import Inference

/// A pointwise convolution with depth-to-space behind it: each of its block x block groups of
/// channels goes straight to the pixel that depth-to-space gives it.
///
/// The weights may be many times larger than the caches (64 MiB for the paper's widths), so they
/// are cut into columns of which one strip stays in L2 while all rows at hand pass by it: they are
/// read from memory once for these rows.
final class PixelShuffle {
  /// Columns that the kernels compute together.
  private static let stripChannels = 32

  /// The weights of some channels of one pixel of the block.
  private struct Strip {
    var dy: Int
    var dx: Int
    var firstChannel: Int
    var matrix: PackedMatrix
  }

  private let block: Int
  private let strips: [Strip]
  /// Threads may take strips each.
  var stripCount: Int { strips.count }

  /// - Parameters:
  ///   - weights: output channel c * block^2 + dy * block + dx is channel c of pixel (dy, dx).
  ///   - maps: between which the layer stands.
  init(_ weights: FoldedWeights, block: Int, maps: LayerMaps, kernels: Kernels) {
    self.block = block
    let pixels = block * block
    let channels = weights.outputs / pixels
    strips = (0..<pixels).flatMap { pixel in
      stride(from: 0, to: channels, by: Self.stripChannels).map { first in
        let order = (first..<min(first + Self.stripChannels, channels)).map { $0 * pixels + pixel }
        let (b, bias) = weights.matrix(outputOrder: order)
        return Strip(
          dy: pixel / block, dx: pixel % block, firstChannel: first,
          matrix: PackedMatrix(
            b, bias: bias, inputs: weights.inputs, activation: .relu, maps: maps,
            kernels: kernels))
      }
    }
  }

  /// Some strips of rows `rows` of the coarse map `input`, to `block` times as many rows of `output`.
  func run(strips: Range<Int>, rows: Range<Int>, from input: FeatureView, into output: FeatureView)
  {
    for strip in self.strips[strips] {
      for y in rows {
        strip.matrix.multiply(
          input.pixel(y, 0), stride: input.pixelStride,
          into: output.pixel(y * block + strip.dy, strip.dx)
            + strip.firstChannel * output.elementSize,
          stride: block * output.pixelStride, count: input.width)
      }
    }
  }
}
