import Glibc

/// A feature map as the kernels see it: NHWC rows of pixels of `elementSize`-byte elements.
///
/// It does not own memory. Strides are in elements.
public struct FeatureView {
  public var base: UnsafeMutableRawPointer
  public var height: Int
  public var width: Int
  public var channels: Int
  public var pixelStride: Int
  public var rowStride: Int
  public var elementSize: Int

  public init(
    base: UnsafeMutableRawPointer, height: Int, width: Int, channels: Int, pixelStride: Int,
    rowStride: Int, elementSize: Int
  ) {
    self.base = base
    self.height = height
    self.width = width
    self.channels = channels
    self.pixelStride = pixelStride
    self.rowStride = rowStride
    self.elementSize = elementSize
  }

  /// The pixel at row `y`, column `x`; `x` may reach into the halo.
  @inline(__always)
  public func pixel(_ y: Int, _ x: Int) -> UnsafeMutableRawPointer {
    base + (y * rowStride + x * pixelStride) * elementSize
  }

  /// The same pixels, channels from `first` on.
  public func slice(first: Int, channels: Int) -> FeatureView {
    precondition(first >= 0 && first + channels <= self.channels)
    var view = self
    view.base = base + first * elementSize
    view.channels = channels
    return view
  }

  /// Rows follow each other without a gap, so that several are one matrix.
  public var isContiguous: Bool { rowStride == width * pixelStride }
}

/// A feature map that owns its memory, with `halo` zero columns on either side of each row:
/// the zero padding of the depthwise convolutions that read it. (Rows above and below need no
/// padding: they are left out.)
public final class FeatureBuffer: @unchecked Sendable {
  public let view: FeatureView
  private let memory: AlignedBuffer

  /// - Parameter zero: the byte that zeros consist of.
  public init(
    height: Int, width: Int, channels: Int, halo: Int = 0, elementSize: Int, zero: UInt8 = 0
  ) {
    let pixelStride = Self.pixelStride(channels: channels, elementSize: elementSize)
    let rowStride = (width + halo) * pixelStride
    memory = AlignedBuffer(byteCount: (height * rowStride + halo * pixelStride) * elementSize)
    if zero != 0 { memset(memory.base, Int32(zero), memory.byteCount) }
    view = FeatureView(
      base: memory.base + halo * pixelStride * elementSize, height: height, width: width,
      channels: channels, pixelStride: pixelStride, rowStride: rowStride, elementSize: elementSize)
  }

  /// Elements from pixel to pixel. An even number, as the bfloat16 kernels take channels in
  /// pairs; and never a multiple of 1 KiB, since the neighbouring pixels that a register tile
  /// reads would then share a few sets of the L1 cache and evict each other.
  public static func pixelStride(channels: Int, elementSize: Int) -> Int {
    let even = (channels + 1) / 2 * 2
    return (even * elementSize) % 1024 == 0 ? even + 64 / elementSize : even
  }
}
