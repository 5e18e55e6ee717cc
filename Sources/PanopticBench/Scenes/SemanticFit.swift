/// Semantic logits at stride 4 that give the true class of every pixel when they are upsampled
/// bilinearly: what training at full resolution would end at.
///
/// Subgradient descent with momentum on the hinge loss max(0, margin - (true - best other)),
/// over the pixels near a border between classes; elsewhere the start is right already.
package enum SemanticFit {
  private static let margin: Float = 0.3
  private static let rate: Float = 0.04
  private static let momentum: Float = 0.9
  private static let scale: Float = 8

  /// Writes the logits of `scene` into the semantic head.
  package static func fit(_ scene: TruthScene, into heads: HeadBuffers, rounds: Int = 250) {
    let classes = heads.classCount
    let logits = heads.values(.semantic)
    start(scene, heads)
    let pixels = borderPixels(scene)
    var velocity = [Float](repeating: 0, count: logits.count)
    var gradient = [Float](repeating: 0, count: logits.count)
    var values = [Float](repeating: 0, count: classes)
    var best = Array(logits)
    var fewest = Int.max
    for _ in 0..<rounds {
      for n in gradient.indices { gradient[n] = 0 }
      var wrong = 0
      for pixel in pixels {
        let corner = Corners(pixel % scene.width, pixel / scene.width, heads)
        for c in 0..<classes {
          values[c] =
            corner.weights[0] * logits[corner.bases[0] + c]
            + corner.weights[1] * logits[corner.bases[1] + c]
            + corner.weights[2] * logits[corner.bases[2] + c]
            + corner.weights[3] * logits[corner.bases[3] + c]
        }
        let truth = Int(scene.semantic[pixel])
        var rival = truth == 0 ? 1 : 0
        for c in 0..<classes where c != truth && values[c] > values[rival] { rival = c }
        let lead = values[truth] - values[rival]
        if lead <= 0 { wrong += 1 }
        guard lead < margin else { continue }
        for n in 0..<4 {
          gradient[corner.bases[n] + truth] += corner.weights[n]
          gradient[corner.bases[n] + rival] -= corner.weights[n]
        }
      }
      if wrong < fewest {
        fewest = wrong
        best = Array(logits)
      }
      if wrong == 0 { break }
      for n in velocity.indices {
        velocity[n] = momentum * velocity[n] + rate * gradient[n]
        logits[n] += velocity[n]
      }
    }
    for n in logits.indices { logits[n] = scale * best[n] }
  }

  /// 1 for the class of the pixel in the cell's middle, -1 for the others.
  private static func start(_ scene: TruthScene, _ heads: HeadBuffers) {
    for i in 0..<heads.height {
      for j in 0..<heads.width {
        let truth = Int(scene.semantic[(4 * i + 2) * scene.width + 4 * j + 2])
        let cell = heads.cell(.semantic, i, j)
        for c in 0..<heads.classCount { cell[c] = c == truth ? 1 : -1 }
      }
    }
  }

  /// Pixels with another class within six pixels along a row, a column or a diagonal.
  private static func borderPixels(_ scene: TruthScene) -> [Int] {
    var pixels: [Int] = []
    for y in 0..<scene.height {
      for x in 0..<scene.width {
        let own = scene.semantic[y * scene.width + x]
        search: for d in 1...6 {
          for (dx, dy) in [(d, 0), (-d, 0), (0, d), (0, -d), (d, d), (-d, d), (d, -d), (-d, -d)] {
            let (px, py) = (x + dx, y + dy)
            guard px >= 0, py >= 0, px < scene.width, py < scene.height else { continue }
            if scene.semantic[py * scene.width + px] != own {
              pixels.append(y * scene.width + x)
              break search
            }
          }
        }
      }
    }
    return pixels
  }

  /// The four cells around a pixel: where their channels begin, and their bilinear weights.
  private struct Corners {
    var bases = SIMD4<Int>()
    var weights = SIMD4<Float>()

    init(_ x: Int, _ y: Int, _ heads: HeadBuffers) {
      let (j, i) = ((x + 2) / 4 - 1, (y + 2) / 4 - 1)
      let s = (Float(x) - 1.5) * 0.25 - Float(j)
      let t = (Float(y) - 1.5) * 0.25 - Float(i)
      let (j0, j1) = (max(j, 0), min(j + 1, heads.width - 1))
      let (i0, i1) = (max(i, 0), min(i + 1, heads.height - 1))
      let rows = SIMD4(i0, i0, i1, i1)
      let columns = SIMD4(j0, j1, j0, j1)
      bases = (rows &* heads.width &+ columns) &* heads.classCount
      weights = SIMD4((1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t)
    }
  }
}
