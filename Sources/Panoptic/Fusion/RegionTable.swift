import CKernels

/// Turns provisional labels into the map's segments: numbers, areas, boxes, classes, scores.
final class RegionTable: @unchecked Sendable {
  private let classes: [ClassInfo]
  /// Of a label: its place in the map's segments, or `unseen`.
  private let place: FixedBuffer<UInt16>
  private static let unseen: UInt16 = 0xFFFF
  private let instancesOfClass: FixedBuffer<Int32>
  private let probabilitySum: FixedBuffer<Double>
  private let cellCount: FixedBuffer<Int32>

  init(classes: [ClassInfo]) {
    self.classes = classes
    place = FixedBuffer(repeating: 0, count: classes.count + InstanceSet.capacity)
    instancesOfClass = FixedBuffer(repeating: 0, count: classes.count)
    probabilitySum = FixedBuffer(repeating: 0, count: classes.count)
    cellCount = FixedBuffer(repeating: 0, count: classes.count)
  }

  /// Segments come in the order in which their first pixels do; instances of a class are
  /// numbered in that order too.
  func build(from set: InstanceSet, histogram: FixedBuffer<UInt32>, into map: PanopticMap) {
    addUpProbabilities(set)
    place.fill(Self.unseen)
    instancesOfClass.fill(0)
    map.segments.removeAll(keepingCapacity: true)
    for y in 0..<map.height {
      let row = map.indices + y * map.width
      var x = 0
      while x < map.width {
        let end = Int(ck_run_end(row, Int32(x), Int32(map.width)))
        let label = Int(row[x])
        if place.base[label] == Self.unseen {
          place.base[label] = UInt16(map.segments.count)
          map.segments.append(segment(of: label, set, histogram, x, y))
        }
        let index = place.base[label]
        (row + x).update(repeating: index, count: end - x)
        map.segments[Int(index)].extend(from: x, to: end, y: y)
        x = end
      }
    }
  }

  private func addUpProbabilities(_ set: InstanceSet) {
    probabilitySum.fill(0)
    cellCount.fill(0)
    for cell in 0..<(set.headHeight * set.headWidth) {
      let classIndex = Int(set.cellClass[cell])
      probabilitySum.base[classIndex] += Double(set.cellProbability[cell])
      cellCount.base[classIndex] += 1
    }
  }

  private func segment(
    of label: Int, _ set: InstanceSet, _ histogram: FixedBuffer<UInt32>, _ x: Int, _ y: Int
  ) -> Segment {
    var classIndex = label
    var score: Float = 0
    if label >= classes.count {
      let instance = label - classes.count
      let votes = histogram.base + instance * classes.count
      classIndex = 0
      for c in 1..<max(classes.count, 1) where votes[c] > votes[classIndex] { classIndex = c }
      score = set.instances[instance].score
    } else if cellCount.base[label] > 0 {
      score = Float(probabilitySum.base[label] / Double(cellCount.base[label]))
    }
    var number = 0
    if classes[classIndex].isThing {
      instancesOfClass.base[classIndex] += 1
      number = Int(instancesOfClass.base[classIndex])
    }
    return Segment(
      classIndex: classIndex, isThing: classes[classIndex].isThing, instance: number, area: 0,
      box: (x, y, 0, 1), score: score)
  }
}

extension Segment {
  /// Adds the pixels from..<to of row y, which is the box's last or the one below.
  fileprivate mutating func extend(from first: Int, to end: Int, y: Int) {
    area += end - first
    let right = max(box.x + box.width, end)
    box.x = min(box.x, first)
    box.width = right - box.x
    box.height = y - box.y + 1
  }
}
