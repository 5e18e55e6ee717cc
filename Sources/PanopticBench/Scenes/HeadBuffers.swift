import Panoptic

/// Memory for the heads' maps of one picture.
package final class HeadBuffers {
  package let height: Int
  package let width: Int
  package let classCount: Int
  /// Semantic, heatmap, long-, short-, middle-range.
  private let planes: [UnsafeMutablePointer<Float>]
  package static let instanceChannels = [5, 10, 10, 16]
  private let channels: [Int]

  package init(height: Int, width: Int, classCount: Int) {
    self.height = height
    self.width = width
    self.classCount = classCount
    channels = [classCount] + Self.instanceChannels
    planes = channels.map { channels in
      let plane = UnsafeMutablePointer<Float>.allocate(capacity: height * width * channels)
      plane.initialize(repeating: 0, count: height * width * channels)
      return plane
    }
  }

  deinit {
    for plane in planes { plane.deallocate() }
  }

  package enum Head: Int, CaseIterable, Sendable {
    case semantic, heatmap, longRange, shortRange, middleRange
  }

  /// The channels of cell (i, j).
  package func cell(_ head: Head, _ i: Int, _ j: Int) -> UnsafeMutablePointer<Float> {
    planes[head.rawValue] + (i * width + j) * channels[head.rawValue]
  }

  package func values(_ head: Head) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: planes[head.rawValue], count: height * width * channels[head.rawValue])
  }

  package var maps: HeadMaps {
    func map(_ head: Head) -> FeatureMap {
      FeatureMap(
        base: planes[head.rawValue], height: height, width: width,
        channels: channels[head.rawValue])
    }
    return HeadMaps(
      semantic: map(.semantic), keypointHeatmap: map(.heatmap), longRange: map(.longRange),
      shortRange: map(.shortRange), middleRange: map(.middleRange))
  }
}
