import Panoptic
import SeededRandom

/// What a network that has learned everything would say about a scene (MODEL: coordinates,
/// losses): disks of radius R around the keypoints, exact offsets, and semantic logits that give
/// the true class of every pixel once they are upsampled (`SemanticFit`).
///
/// Where training asks for nothing, the maps say: off the disks a low heatmap and no offset; on
/// cells beside an object, whose own middle lies outside, the object's long-range offsets.
package enum IdealHeads {
  private static let edges = [(4, 0), (4, 1), (4, 2), (4, 3), (0, 4), (1, 4), (2, 4), (3, 4)]
  private static let certainLogit: Float = 8

  /// The shape of the centre's heatmap.
  package enum Heatmap: Sendable {
    /// DeeperLab's disks.
    case disks
    /// Panoptic-DeepLab's Gaussians, of standard deviation R.
    case gaussians
  }

  package static func make(
    _ scene: TruthScene, radius: Float, heatmap: Heatmap = .disks
  ) -> HeadBuffers {
    let heads = HeadBuffers(
      height: scene.height / 4, width: scene.width / 4, classCount: TruthScene.classes.count)
    for n in heads.values(.heatmap).indices { heads.values(.heatmap)[n] = -certainLogit }
    let keypoints = allKeypoints(scene)
    for k in 0..<5 { drawDisks(k, keypoints, radius, heatmap, heads) }
    drawLongRange(scene, keypoints, heads)
    SemanticFit.fit(scene, into: heads)
    return heads
  }

  /// x and y of the five keypoints of every visible instance.
  private static func allKeypoints(_ scene: TruthScene) -> [UInt16: [(x: Float, y: Float)]] {
    struct Extent {
      var left = Int.max, top = Int.max, right = -1, bottom = -1, sumX = 0, sumY = 0, area = 0
    }
    var extents: [UInt16: Extent] = [:]
    for y in 0..<scene.height {
      for x in 0..<scene.width {
        let id = scene.instance[y * scene.width + x]
        guard id != 0 else { continue }
        var e = extents[id] ?? Extent()
        e.left = min(e.left, x)
        e.right = max(e.right, x)
        e.top = min(e.top, y)
        e.bottom = max(e.bottom, y)
        e.sumX += x
        e.sumY += y
        e.area += 1
        extents[id] = e
      }
    }
    return extents.mapValues { e in
      let (l, r, t, b) = (Float(e.left), Float(e.right), Float(e.top), Float(e.bottom))
      let centre = (Float(e.sumX) / Float(e.area), Float(e.sumY) / Float(e.area))
      return [(l, t), (r, t), (l, b), (r, b), centre]
    }
  }

  /// Keypoint k's heatmap, short-range offsets, and the middle-range offsets that start at it.
  private static func drawDisks(
    _ k: Int, _ keypoints: [UInt16: [(x: Float, y: Float)]], _ radius: Float, _ heatmap: Heatmap,
    _ heads: HeadBuffers
  ) {
    let reach = heatmap == .disks ? radius : 3 * radius
    for i in 0..<heads.height {
      for j in 0..<heads.width {
        let (x, y) = (Float(4 * j) + 1.5, Float(4 * i) + 1.5)
        var least = reach * reach
        var nearest: UInt16?
        for (id, points) in keypoints {
          let (dx, dy) = (points[k].x - x, points[k].y - y)
          let distance = dx * dx + dy * dy
          // The lower id where equal: a dictionary has no order of its own.
          if distance < least || (distance == least && id < nearest ?? .max) {
            least = distance
            nearest = id
          }
        }
        guard let nearest, let points = keypoints[nearest] else { continue }
        heads.cell(.heatmap, i, j)[k] =
          heatmap == .disks ? certainLogit : gaussianLogit(least, radius)
        heads.cell(.shortRange, i, j)[2 * k] = points[k].x - x
        heads.cell(.shortRange, i, j)[2 * k + 1] = points[k].y - y
        for (e, edge) in edges.enumerated() where edge.0 == k {
          heads.cell(.middleRange, i, j)[2 * e] = points[edge.1].x - x
          heads.cell(.middleRange, i, j)[2 * e + 1] = points[edge.1].y - y
        }
      }
    }
  }

  /// The logit of exp(-d^2 / 2R^2), to within what a decoding can tell: -d^2 / 2R^2 + 2.
  private static func gaussianLogit(_ distanceSquared: Float, _ radius: Float) -> Float {
    2 - distanceSquared / (2 * radius * radius)
  }

  private static func drawLongRange(
    _ scene: TruthScene, _ keypoints: [UInt16: [(x: Float, y: Float)]], _ heads: HeadBuffers
  ) {
    for i in 0..<heads.height {
      for j in 0..<heads.width {
        guard let points = instance(nearCell: i, j, scene).flatMap({ keypoints[$0] }) else {
          continue
        }
        let offsets = heads.cell(.longRange, i, j)
        for k in 0..<5 {
          offsets[2 * k] = points[k].x - (Float(4 * j) + 1.5)
          offsets[2 * k + 1] = points[k].y - (Float(4 * i) + 1.5)
        }
      }
    }
  }

  /// The instance of the pixel at the cell's middle; beside objects, of the nearest pixel of one.
  private static func instance(nearCell i: Int, _ j: Int, _ scene: TruthScene) -> UInt16? {
    let (x, y) = (4 * j + 2, 4 * i + 2)
    var least = Int.max
    var nearest: UInt16?
    for dy in -4...4 {
      for dx in -4...4 where dx * dx + dy * dy < least {
        let (px, py) = (x + dx, y + dy)
        guard px >= 0, py >= 0, px < scene.width, py < scene.height else { continue }
        let id = scene.instance[py * scene.width + px]
        if id != 0 {
          least = dx * dx + dy * dy
          nearest = id
        }
      }
    }
    return nearest
  }

  /// Adds normal noise: of `pixels` to all offsets, of `logits` to the heatmap.
  package static func addNoise(
    pixels: Double, logits: Double, to heads: HeadBuffers, seed: UInt64
  ) {
    var random = SplitMix(seed: seed)
    for head in [HeadBuffers.Head.longRange, .shortRange, .middleRange] {
      for n in heads.values(head).indices {
        heads.values(head)[n] += Float(pixels * random.normal())
      }
    }
    for n in heads.values(.heatmap).indices {
      heads.values(.heatmap)[n] += Float(logits * random.normal())
    }
  }
}
