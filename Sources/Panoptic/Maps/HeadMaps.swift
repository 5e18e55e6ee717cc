/// A view of one head's output: float32, row-major, channels innermost (NHWC with N = 1).
///
/// It does not own its memory; whoever hands it out keeps that alive for the call.
public struct FeatureMap {
  public var base: UnsafePointer<Float>
  public var height: Int
  public var width: Int
  public var channels: Int
  /// Floats from one cell to the next in a row, >= `channels`.
  public var pixelStride: Int
  /// Floats from one row to the next, >= `width * pixelStride`.
  public var rowStride: Int

  public init(
    base: UnsafePointer<Float>, height: Int, width: Int, channels: Int,
    pixelStride: Int? = nil, rowStride: Int? = nil
  ) {
    self.base = base
    self.height = height
    self.width = width
    self.channels = channels
    self.pixelStride = pixelStride ?? channels
    self.rowStride = rowStride ?? width * self.pixelStride
  }

  /// The channels of the cell at row `i`, column `j`.
  @inlinable
  public func cell(_ i: Int, _ j: Int) -> UnsafePointer<Float> {
    base + i * rowStride + j * pixelStride
  }
}

/// DeeperLab's five outputs for one picture, at stride 4 of the network input (MODEL: heads).
///
/// Offsets are (dx, dy) pairs in pixels of the network input; cell (i, j) stands at
/// (x, y) = (4j + 1.5, 4i + 1.5).
public struct HeadMaps {
  /// Class logits, one channel a class.
  public var semantic: FeatureMap
  /// Keypoint logits, P = 5 channels.
  public var keypointHeatmap: FeatureMap
  /// 2P channels.
  public var longRange: FeatureMap
  /// 2P channels.
  public var shortRange: FeatureMap
  /// 2E channels, E = 8 edges.
  public var middleRange: FeatureMap

  public init(
    semantic: FeatureMap, keypointHeatmap: FeatureMap, longRange: FeatureMap,
    shortRange: FeatureMap, middleRange: FeatureMap
  ) {
    self.semantic = semantic
    self.keypointHeatmap = keypointHeatmap
    self.longRange = longRange
    self.shortRange = shortRange
    self.middleRange = middleRange
  }
}
