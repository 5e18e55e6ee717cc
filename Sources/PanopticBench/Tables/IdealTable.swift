import Panoptic

/// Ideal maps in, truth out: decodes the perfect heads of made-up scenes and scores the result.
package enum IdealTable {
  package static let radius = 8.0

  /// One kind of scene at one size.
  package struct Row: Sendable {
    package let kind: SceneKind
    package let count: Int
    package let sizes: ClosedRange<Double>
    package let scenes: Int

    package init(kind: SceneKind, count: Int, sizes: ClosedRange<Double>, scenes: Int) {
      self.kind = kind
      self.count = count
      self.sizes = sizes
      self.scenes = scenes
    }
  }

  package static let rows: [Row] = [
    Row(kind: .single, count: 1, sizes: 6...6, scenes: 6),
    Row(kind: .single, count: 1, sizes: 12...12, scenes: 4),
    Row(kind: .single, count: 1, sizes: 40...40, scenes: 4),
    Row(kind: .single, count: 1, sizes: 280...280, scenes: 3),
    Row(kind: .single, count: 1, sizes: 500...500, scenes: 3),
    Row(kind: .scattered, count: 20, sizes: 6...200, scenes: 3),
    Row(kind: .scattered, count: 100, sizes: 6...60, scenes: 3),
    Row(kind: .scattered, count: 200, sizes: 6...24, scenes: 3),
    Row(kind: .scattered, count: 200, sizes: 6...8, scenes: 2),
    Row(kind: .touching, count: 20, sizes: 40...80, scenes: 3),
    Row(kind: .touching, count: 200, sizes: 18...26, scenes: 3),
    Row(kind: .nested, count: 6, sizes: 60...160, scenes: 3),
    Row(kind: .occluded, count: 12, sizes: 40...120, scenes: 3),
    Row(kind: .cut, count: 16, sizes: 20...120, scenes: 3),
  ]

  /// Scores of several scenes of one kind, with normal noise of `noise` pixels on the offsets
  /// and of half as much on the heatmap's logits.
  package static func scores(
    _ row: Row, noise: Double = 0, decoding: Decoding = .deeperLab,
    parameters: GroupingParameters = GroupingParameters(keypointRadius: radius)
  ) throws -> PanopticScores {
    var evaluator = PanopticEvaluator(classes: TruthScene.classes)
    for seed in 0..<row.scenes {
      let scene = row.kind.scene(count: row.count, sizes: row.sizes, seed: UInt64(seed) + 1)
      let heads = IdealHeads.make(
        scene, radius: Float(radius), heatmap: decoding == .deeperLab ? .disks : .gaussians)
      if noise > 0 {
        IdealHeads.addNoise(pixels: noise, logits: noise / 2, to: heads, seed: UInt64(seed) + 77)
      }
      let map = decode(heads, decoding: decoding, parameters: parameters)
      try evaluator.add(
        truth: scene.labels, prediction: LabelMap(map, classes: TruthScene.classes))
    }
    return evaluator.scores()
  }

  package static func decode(
    _ heads: HeadBuffers, decoding: Decoding, parameters: GroupingParameters
  ) -> PanopticMap {
    let decoder = PanopticDecoder(
      classes: TruthScene.classes, headHeight: heads.height, headWidth: heads.width,
      parameters: parameters, decoding: decoding)
    let instances = decoder.makeInstanceSet()
    let map = decoder.makeMap()
    decoder.group(heads.maps, into: instances)
    decoder.fuse(heads.maps, instances, into: map)
    return map
  }

  /// Prints the table of all kinds of scenes.
  package static func printTable(
    _ decoding: Decoding, _ parameters: GroupingParameters
  ) throws {
    print("| scenes | objects | pixels | PQ things | SQ | RQ | PQ stuff |")
    print("|---|---|---|---|---|---|---|")
    var all: [Double] = []
    for row in rows {
      let scores = try scores(row, decoding: decoding, parameters: parameters)
      all.append(scores.things.pq)
      print(
        "| \(row.kind.rawValue) | \(row.count) | \(Int(row.sizes.lowerBound))-"
          + "\(Int(row.sizes.upperBound)) | \(scores.things.pq.percent) | "
          + "\(scores.things.sq.percent) | \(scores.things.rq.percent) | "
          + "\(scores.stuff.pq.percent) |")
    }
    print("mean PQ of things: \((all.reduce(0, +) / Double(all.count)).percent)")
  }

  /// The noise curve's scenes: neighbours of one class without a gap, so that only the instance
  /// heads can tell them apart.
  package static let noisy = Row(kind: .touching, count: 40, sizes: 30...70, scenes: 3)

  package static func printNoiseCurve(
    _ decoding: Decoding, _ parameters: GroupingParameters
  ) throws {
    print("| noise, px | PQ things | SQ | RQ |")
    print("|---|---|---|---|")
    for noise in [0, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10] {
      let scores = try scores(noisy, noise: noise, decoding: decoding, parameters: parameters)
      print(
        "| \(noise) | \(scores.things.pq.percent) | \(scores.things.sq.percent) | "
          + "\(scores.things.rq.percent) |")
    }
  }
}

extension Double {
  /// In percent, with one decimal.
  package var percent: String {
    let tenths = Int((self * 1000).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
  }
}
