import Inference
import Panoptic

/// What passes between the network's three parts for one frame, and its outputs. One per slot of
/// the pipeline.
public final class NetworkActivations: @unchecked Sendable {
  let low: FeatureBuffer
  let high: FeatureBuffer
  let shared: FeatureBuffer
  let outputs: [FeatureBuffer]
  let outputViews: [FeatureView]
  /// When each of `DeeperLabNetwork.layers` worked on the frame, while layers are measured.
  public let layerTimes: LayerTimes

  init(
    _ model: ModelDescription, width: Int, height: Int, kernels: Kernels, layers: NetworkLayers
  ) {
    layerTimes = LayerTimes(count: layers.costs.count)
    let stride4 = (height: height / 4, width: width / 4)
    low = FeatureBuffer(
      height: stride4.height, width: stride4.width, channels: Encoder.lowChannels,
      elementSize: kernels.elementSize)
    high = FeatureBuffer(
      height: height / 16, width: width / 16, channels: Encoder.highChannels,
      halo: model.rates.max()!, elementSize: kernels.elementSize,
      zero: kernels.zero(of: Encoder.highMap))
    shared = FeatureBuffer(
      height: stride4.height, width: stride4.width, channels: model.decoder / 16, halo: 3,
      elementSize: kernels.elementSize)
    outputs = HeadKind.allCases.map {
      FeatureBuffer(
        height: stride4.height, width: stride4.width, channels: $0.outputChannels(model),
        elementSize: MemoryLayout<Float>.size)
    }
    outputViews = outputs.map(\.view)
  }

  /// One output, float32, [height / 4][width / 4][channels]. Valid as long as this object.
  public func map(_ kind: HeadKind) -> FeatureMap {
    let view = outputViews[HeadKind.allCases.firstIndex(of: kind)!]
    return FeatureMap(
      base: UnsafePointer(view.base.assumingMemoryBound(to: Float.self)), height: view.height,
      width: view.width, channels: view.channels, pixelStride: view.pixelStride,
      rowStride: view.rowStride)
  }

  /// The five outputs, for grouping and fusion. Valid as long as this object.
  public var headMaps: HeadMaps {
    HeadMaps(
      semantic: map(.semantic), keypointHeatmap: map(.keypointHeatmap), longRange: map(.longRange),
      shortRange: map(.shortRange), middleRange: map(.middleRange))
  }
}
