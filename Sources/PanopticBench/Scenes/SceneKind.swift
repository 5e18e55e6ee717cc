import SeededRandom

/// The situations that grouping must survive.
package enum SceneKind: String, CaseIterable, Sendable {
  /// One object.
  case single
  /// Objects anywhere, apart or touching, none covering another.
  case scattered
  /// Boxes of one class side by side without a gap.
  case touching
  /// Objects inside others.
  case nested
  /// Objects cut in two by another in front.
  case occluded
  /// Objects that reach out of the frame.
  case cut

  /// A scene with `count` objects, whose longer sides are from `sizes` in pixels.
  package func scene(
    count: Int, sizes: ClosedRange<Double>, width: Int = 512, height: Int = 288, seed: UInt64
  ) -> TruthScene {
    var random = SplitMix(seed: seed)
    var scene = TruthScene(width: width, height: height)
    switch self {
    case .single, .scattered: scatter(count, sizes, &scene, &random)
    case .touching: tile(count, sizes, &scene, &random)
    case .nested: nest(count, sizes, &scene, &random)
    case .occluded: occlude(count, sizes, &scene, &random)
    case .cut: cutOff(count, sizes, &scene, &random)
    }
    return scene
  }

  private func thing(_ random: inout SplitMix) -> Int {
    TruthScene.firstThing + Int(random.next() % 3)
  }

  private func outline(_ random: inout SplitMix) -> TruthScene.Outline {
    random.next() % 2 == 0 ? .box : .ellipse
  }

  /// Sides of an object, in whole pixels: the longer one log-uniform, and at least 6 each.
  private func sides(
    _ sizes: ClosedRange<Double>, _ random: inout SplitMix
  ) -> (width: Double, height: Double) {
    let octave = random.uniform()
    var ratio = sizes.upperBound / sizes.lowerBound
    // Powers of two need no library of mathematics: ratio^octave by repeated square roots.
    var factor = 1.0
    var rest = octave
    for _ in 0..<24 {
      ratio = ratio.squareRoot()
      rest *= 2
      if rest >= 1 {
        factor *= ratio
        rest -= 1
      }
    }
    let long = max((sizes.lowerBound * factor).rounded(), 6)
    let short = max((long * random.uniform(0.5...1)).rounded(), 6)
    return random.next() % 2 == 0 ? (long, short) : (short, long)
  }

  private func scatter(
    _ count: Int, _ sizes: ClosedRange<Double>, _ scene: inout TruthScene, _ random: inout SplitMix
  ) {
    for _ in 0..<count {
      for _ in 0..<400 {
        var (w, h) = sides(sizes, &random)
        w = min(w, Double(scene.width))
        h = min(h, Double(scene.height))
        let x = random.uniform(0...(Double(scene.width) - w)).rounded()
        let y = random.uniform(0...(Double(scene.height) - h)).rounded()
        guard scene.isFree(x: x, y: y, width: w, height: h) else { continue }
        scene.paint(outline(&random), classIndex: thing(&random), x: x, y: y, width: w, height: h)
        break
      }
    }
  }

  /// Rows of boxes, all of one class.
  private func tile(
    _ count: Int, _ sizes: ClosedRange<Double>, _ scene: inout TruthScene, _ random: inout SplitMix
  ) {
    let classIndex = thing(&random)
    var painted = 0
    var y = 4.0
    while painted < count {
      let h = random.uniform(sizes).rounded()
      var x = 4.0
      guard y + h <= Double(scene.height) else { return }
      while painted < count {
        let w = random.uniform(sizes).rounded()
        guard x + w <= Double(scene.width) else { break }
        scene.paint(.box, classIndex: classIndex, x: x, y: y, width: w, height: h)
        painted += 1
        x += w
      }
      y += h
    }
  }

  /// Pairs and triples, each inside the one before, every second one of the same class.
  private func nest(
    _ count: Int, _ sizes: ClosedRange<Double>, _ scene: inout TruthScene, _ random: inout SplitMix
  ) {
    var painted = 0
    for _ in 0..<400 where painted < count {
      let (w, h) = sides(max(sizes.upperBound / 2, 24)...max(sizes.upperBound, 48), &random)
      guard w < Double(scene.width), h < Double(scene.height) else { continue }
      let x = random.uniform(0...(Double(scene.width) - w)).rounded()
      let y = random.uniform(0...(Double(scene.height) - h)).rounded()
      guard scene.isFree(x: x, y: y, width: w, height: h) else { continue }
      let outer = thing(&random)
      scene.paint(.box, classIndex: outer, x: x, y: y, width: w, height: h)
      let inner = random.next() % 2 == 0 ? outer : thing(&random)
      let (iw, ih) = ((w / 2.2).rounded(), (h / 2.2).rounded())
      scene.paint(
        outline(&random), classIndex: inner, x: (x + w / 4).rounded(), y: (y + h / 4).rounded(),
        width: max(iw, 6), height: max(ih, 6))
      painted += 2
    }
  }

  /// A wide object behind, a narrow upright one before its middle.
  private func occlude(
    _ count: Int, _ sizes: ClosedRange<Double>, _ scene: inout TruthScene, _ random: inout SplitMix
  ) {
    var painted = 0
    for _ in 0..<400 where painted < count {
      let w = max(random.uniform(sizes).rounded(), 30)
      let h = (w * 0.5).rounded()
      let postHeight = (h * 1.4).rounded()
      guard w < Double(scene.width), postHeight < Double(scene.height) else { continue }
      let x = random.uniform(0...(Double(scene.width) - w)).rounded()
      let y = random.uniform(0...(Double(scene.height) - postHeight)).rounded()
      guard scene.isFree(x: x, y: y, width: w, height: postHeight) else { continue }
      let behind = thing(&random)
      scene.paint(
        outline(&random), classIndex: behind, x: x, y: (y + 0.2 * h).rounded(), width: w, height: h)
      let front = random.next() % 2 == 0 ? behind : thing(&random)
      let postWidth = max((w * 0.2).rounded(), 6)
      scene.paint(
        .box, classIndex: front, x: (x + 0.4 * w).rounded(), y: y, width: postWidth,
        height: postHeight)
      painted += 2
    }
  }

  /// Objects along the four sides of the frame, half outside.
  private func cutOff(
    _ count: Int, _ sizes: ClosedRange<Double>, _ scene: inout TruthScene, _ random: inout SplitMix
  ) {
    var occupied: [(Double, Double, Double, Double)] = []
    for n in 0..<count {
      for _ in 0..<200 {
        let (w, h) = sides(max(sizes.lowerBound, 12)...max(sizes.upperBound, 12), &random)
        let along = random.uniform()
        let (fw, fh) = (Double(scene.width), Double(scene.height))
        let x = n % 4 == 0 ? -w / 2 : n % 4 == 1 ? fw - w / 2 : along * (fw - w)
        let y = n % 4 == 2 ? -h / 2 : n % 4 == 3 ? fh - h / 2 : along * (fh - h)
        let box = (x.rounded(), y.rounded(), w, h)
        let isFree = occupied.allSatisfy {
          box.0 >= $0.0 + $0.2 || $0.0 >= box.0 + box.2 || box.1 >= $0.1 + $0.3
            || $0.1 >= box.1 + box.3
        }
        guard isFree else { continue }
        occupied.append(box)
        scene.paint(
          outline(&random), classIndex: thing(&random), x: box.0, y: box.1, width: w, height: h)
        break
      }
    }
  }
}
