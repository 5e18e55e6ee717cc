import CKernels

/// From keypoints to instances: the priority queue, the walk along the keypoint graph, and the
/// suppression of boxes (MODEL: grouping, 3).
final class InstanceDetector: @unchecked Sendable {
  typealias Instance = InstanceSet.Instance
  private static let centre = 4
  /// Candidates before the suppression of boxes.
  private static let capacity = InstanceSet.capacity

  private let parameters: GroupingParameters
  private let rounds: Int
  private let radius: Float
  private var queue: KeypointQueue
  private let peaks: FixedBuffer<ck_peak>
  private var index: KeypointIndex
  private let found: FixedBuffer<Instance>
  private var foundCount = 0
  /// Places in `found`, best score first.
  private let order: FixedBuffer<UInt64>
  private let dropped: FixedBuffer<Bool>

  init(width: Int, height: Int, binCount: Int, parameters: GroupingParameters) {
    self.parameters = parameters
    rounds = Int(parameters.refinementRounds)
    radius = Float(parameters.keypointRadius)
    // Two local maxima are never neighbours, so a map has at most a quarter of its bins of them.
    peaks = FixedBuffer(repeating: ck_peak(), count: binCount / 4 + 1)
    queue = KeypointQueue(capacity: ScoreMaps.keypoints * peaks.count, binCount: binCount)
    index = KeypointIndex(
      width: width, height: height, reach: radius, capacity: Self.capacity)
    found = FixedBuffer(repeating: Instance(), count: Self.capacity)
    order = FixedBuffer(repeating: 0, count: Self.capacity)
    dropped = FixedBuffer(repeating: false, count: Self.capacity)
  }

  /// Appends the picture's instances to `instances`, best first.
  func detect(
    scores: ScoreMaps, shortRange: ck_offset_field, middleRange: ck_offset_field,
    targets: CellTargets, into instances: inout [Instance]
  ) {
    fillQueue(scores)
    index.removeAll()
    foundCount = 0
    while foundCount < Self.capacity, let peak = queue.popFirst() {
      let (x, y) = scores.position(ofPeak: peak.bin, keypoint: peak.keypoint)
      if isKnown(peak.keypoint, x, y) { continue }
      var instance = Instance()
      walk(
        from: peak.keypoint, x, y, short: shortRange, middle: middleRange, into: &instance)
      finish(&instance, scores)
      if !leadsBack(to: peak.keypoint, x, y, shortRange, middleRange, instance),
        poll(targets, for: peak.keypoint, x, y, into: &instance)
      {
        finish(&instance, scores)
      }
      let support = Float(parameters.support) * min(1, peak.score)
      guard instance.score >= max(Float(parameters.instanceThreshold), support) else { continue }
      for k in 0..<ScoreMaps.keypoints {
        index.insert(foundCount, keypoint: k, x: instance.x[k], y: instance.y[k])
      }
      found.base[foundCount] = instance
      foundCount += 1
    }
    suppressBoxes(into: &instances)
  }

  private func fillQueue(_ scores: ScoreMaps) {
    queue.removeAll()
    for k in 0..<ScoreMaps.keypoints {
      let count = scores.findPeaks(k, threshold: Float(parameters.keypointThreshold), into: peaks)
      for n in 0..<count {
        queue.append(score: peaks.base[n].score, keypoint: k, bin: Int(peaks.base[n].bin))
      }
    }
    queue.arrange()
  }

  /// Whether an instance found before has its keypoint k so near that this is the same one.
  private func isKnown(_ k: Int, _ x: Float, _ y: Float) -> Bool {
    let part = Float(parameters.suppression)
    return index.contains(keypoint: k, x: x, y: y) { n in
      let dx = found.base[n].x[k] - x
      let dy = found.base[n].y[k] - y
      let reach = min(radius, part * found.base[n].scale)
      return dx * dx + dy * dy <= reach * reach
    }
  }

  /// Reaches all keypoints from the one at (x, y): a corner leads to the centre, the centre to
  /// the corners.
  private func walk(
    from start: Int, _ x: Float, _ y: Float, short: ck_offset_field, middle: ck_offset_field,
    into instance: inout Instance
  ) {
    instance.x[start] = x
    instance.y[start] = y
    if start != Self.centre {
      follow(edge: 4 + start, from: start, to: Self.centre, short, middle, &instance)
    }
    for corner in 0..<4 where corner != start {
      follow(edge: corner, from: Self.centre, to: corner, short, middle, &instance)
    }
  }

  private func follow(
    edge: Int, from source: Int, to target: Int, _ short: ck_offset_field,
    _ middle: ck_offset_field, _ instance: inout Instance
  ) {
    var x = instance.x[source]
    var y = instance.y[source]
    var dx: Float = 0
    var dy: Float = 0
    withUnsafePointer(to: middle) { ck_sample_offset($0, Int32(edge), x, y, &dx, &dy) }
    x += dx
    y += dy
    for _ in 0..<rounds {
      withUnsafePointer(to: short) { ck_sample_offset($0, Int32(target), x, y, &dx, &dy) }
      x += dx
      y += dy
    }
    instance.x[target] = x
    instance.y[target] = y
  }

  /// Whether the walk from a corner found the object that the corner belongs to: the centre that
  /// it reached must lead back to it. Where two objects have their centres in one place (a
  /// person before the middle of a car), the offsets there can only lead to one of them.
  private func leadsBack(
    to start: Int, _ x: Float, _ y: Float, _ short: ck_offset_field, _ middle: ck_offset_field,
    _ instance: Instance
  ) -> Bool {
    guard start != Self.centre else { return true }
    var back = instance
    follow(edge: start, from: Self.centre, to: start, short, middle, &back)
    let dx = back.x[start] - x
    let dy = back.y[start] - y
    let reach = min(radius, Float(parameters.suppression) * instance.scale)
    return dx * dx + dy * dy <= reach * reach
  }

  /// The mean of where those cells point whose own keypoint `start` is here: another way to the
  /// other keypoints than the walk. False where no cell points here.
  private func poll(
    _ targets: CellTargets, for start: Int, _ x: Float, _ y: Float, into instance: inout Instance
  ) -> Bool {
    var sumX = InstanceSet.InlineKeypoints.zero
    var sumY = InstanceSet.InlineKeypoints.zero
    var count: Float = 0
    let reach = 0.5 * radius
    for n in 0..<targets.count {
      let dx = targets.x(start, n) - x
      let dy = targets.y(start, n) - y
      guard dx * dx + dy * dy <= reach * reach else { continue }
      count += 1
      for k in 0..<ScoreMaps.keypoints {
        sumX[k] += targets.x(k, n)
        sumY[k] += targets.y(k, n)
      }
    }
    guard count > 0 else { return false }
    instance.x = sumX / count
    instance.y = sumY / count
    instance.x[start] = x
    instance.y[start] = y
    return true
  }

  /// Box, scale and score from the keypoints.
  private func finish(_ instance: inout Instance, _ scores: ScoreMaps) {
    let x = instance.x
    let y = instance.y
    instance.left = 0.5 * (x[0] + x[2])
    instance.top = 0.5 * (y[0] + y[1])
    instance.right = max(instance.left, 0.5 * (x[1] + x[3]))
    instance.bottom = max(instance.top, 0.5 * (y[2] + y[3]))

    instance.scale = max(instance.boxArea.squareRoot(), 0.5 * radius)
    var sum: Float = 0
    for k in 0..<ScoreMaps.keypoints { sum += min(1, scores.score(k, x[k], y[k])) }
    instance.score = sum / Float(ScoreMaps.keypoints)
  }

  /// Of two boxes that overlap too much keeps the one with the better score, the earlier found
  /// where equal.
  private func suppressBoxes(into instances: inout [Instance]) {
    for n in 0..<foundCount {
      order.base[n] = UInt64(found.base[n].score.bitPattern) << 32 | UInt64(~UInt32(n))
      dropped.base[n] = false
    }
    order.sortDescending(count: foundCount)
    let limit = Float(parameters.boxOverlap)
    for rank in 0..<foundCount {
      let n = Int(~UInt32(truncatingIfNeeded: order.base[rank]))
      if dropped.base[n] { continue }
      instances.append(found.base[n])
      for later in (rank + 1)..<max(foundCount, rank + 1) {
        let m = Int(~UInt32(truncatingIfNeeded: order.base[later]))
        if !dropped.base[m], Self.overlap(found.base[n], found.base[m]) > limit {
          dropped.base[m] = true
        }
      }
    }
  }

  /// Intersection over union of two boxes of whole pixels.
  static func overlap(_ a: Instance, _ b: Instance) -> Float {
    let width = min(a.right, b.right) - max(a.left, b.left) + 1
    let height = min(a.bottom, b.bottom) - max(a.top, b.top) + 1
    guard width > 0, height > 0 else { return 0 }
    let both = width * height
    return both / (a.boxArea + b.boxArea - both)
  }
}
