/// What both decodings do after the cells are assigned: drop instances that are too small, make
/// instances of the thing cells that nobody took, and vote for each instance's class.
///
/// There is no void label, and a user would rather see an object whose keypoints were missed
/// than none: connected cells of one thing class that no instance took become an instance when
/// they are large enough; smaller patches join the instance that they touch most, and what
/// touches none is left to fusion, which gives it the likeliest stuff class.
final class InstanceCompletion: @unchecked Sendable {
  /// Of its box, an instance that counts as boxlike fills at least this part.
  private static let boxFilling: Float = 0.9

  private let height: Int
  private let width: Int
  private let classCount: Int
  private let minimumCells: Float
  private let recoveredCells: Float
  private let recoveredScore: Float
  private let counts: FixedBuffer<Int32>
  private let votes: FixedBuffer<Int32>
  private let renumbered: FixedBuffer<UInt16>
  private let patch: FixedBuffer<UInt32>
  private let isVisited: FixedBuffer<Bool>

  init(
    classes: [ClassInfo], headHeight: Int, headWidth: Int, parameters: GroupingParameters
  ) {
    height = headHeight
    width = headWidth
    classCount = classes.count
    minimumCells = Float(parameters.minimumArea) / 16
    let hasStuff = classes.contains { !$0.isThing }
    recoveredCells = hasStuff ? Float(parameters.recoveredArea) / 16 : 0
    recoveredScore = Float(parameters.instanceThreshold)
    counts = FixedBuffer(repeating: 0, count: InstanceSet.capacity)
    votes = FixedBuffer(repeating: 0, count: InstanceSet.capacity * classes.count)
    renumbered = FixedBuffer(repeating: 0, count: InstanceSet.capacity)
    patch = FixedBuffer(repeating: 0, count: headHeight * headWidth)
    isVisited = FixedBuffer(repeating: false, count: headHeight * headWidth)
  }

  /// `set.cellInstance` is filled for the cells of `things`, and `none` elsewhere.
  func complete(_ set: InstanceSet, _ things: ThingCells) {
    dropSmall(set, things)
    recover(set, things)
    voteForClasses(set, things)
  }

  private func dropSmall(_ set: InstanceSet, _ things: ThingCells) {
    counts.fill(0, count: set.instances.count)
    for n in 0..<things.count {
      let instance = set.cellInstance[Int(things.cells.base[n])]
      if instance != InstanceSet.none { counts.base[Int(instance)] += 1 }
    }
    var kept = 0
    for n in 0..<set.instances.count {
      let isKept = counts.base[n] > 0 && Float(counts.base[n]) >= minimumCells
      renumbered.base[n] = isKept ? UInt16(kept) : InstanceSet.none
      if isKept {
        set.instances[kept] = set.instances[n]
        kept += 1
      }
    }
    guard kept < set.instances.count else { return }
    set.instances.removeLast(set.instances.count - kept)
    for n in 0..<things.count {
      let cell = Int(things.cells.base[n])
      let instance = set.cellInstance[cell]
      if instance != InstanceSet.none { set.cellInstance[cell] = renumbered.base[Int(instance)] }
    }
  }

  private func recover(_ set: InstanceSet, _ things: ThingCells) {
    isVisited.fill(false)
    // Patches join instances that were there before, or recovered ones that came earlier.
    counts.fill(0)
    for n in 0..<things.count {
      let seed = Int(things.cells.base[n])
      guard set.cellInstance[seed] == InstanceSet.none, !isVisited.base[seed] else { continue }
      let size = collectPatch(from: seed, set, things)
      if Float(size) >= recoveredCells, set.instances.count < InstanceSet.capacity {
        addInstance(ofPatch: size, set)
      } else if let neighbour = mostTouched(byPatch: size, set) {
        for p in 0..<size { set.cellInstance[Int(patch.base[p])] = neighbour }
      }
    }
  }

  /// The cells of the seed's class that are connected with it by sides and free.
  private func collectPatch(from seed: Int, _ set: InstanceSet, _ things: ThingCells) -> Int {
    let classIndex = set.cellClass[seed]
    patch.base[0] = UInt32(seed)
    isVisited.base[seed] = true
    var size = 1
    var next = 0
    while next < size {
      let cell = Int(patch.base[next])
      next += 1
      forEachNeighbour(of: cell) { neighbour in
        guard !isVisited.base[neighbour], set.cellClass[neighbour] == classIndex,
          set.cellInstance[neighbour] == InstanceSet.none
        else { return }
        isVisited.base[neighbour] = true
        patch.base[size] = UInt32(neighbour)
        size += 1
      }
    }
    return size
  }

  @inline(__always)
  private func forEachNeighbour(of cell: Int, _ body: (Int) -> Void) {
    let column = cell % width
    if cell >= width { body(cell - width) }
    if column > 0 { body(cell - 1) }
    if column + 1 < width { body(cell + 1) }
    if cell + width < width * height { body(cell + width) }
  }

  private func addInstance(ofPatch size: Int, _ set: InstanceSet) {
    let number = UInt16(set.instances.count)
    var x: Float = 0
    var y: Float = 0
    var probability: Float = 0
    for p in 0..<size {
      let cell = Int(patch.base[p])
      set.cellInstance[cell] = number
      x += Float(cell % width)
      y += Float(cell / width)
      probability += set.cellProbability[cell]
    }
    let share = 1 / Float(size)
    var instance = InstanceSet.Instance()
    instance.x[4] = 4 * x * share + 1.5
    instance.y[4] = 4 * y * share + 1.5
    instance.scale = 4 * Float(size).squareRoot()
    instance.score = recoveredScore * probability * share
    set.instances.append(instance)
  }

  private func mostTouched(byPatch size: Int, _ set: InstanceSet) -> UInt16? {
    var best: UInt16?
    for p in 0..<size {
      forEachNeighbour(of: Int(patch.base[p])) { neighbour in
        let instance = set.cellInstance[neighbour]
        guard instance != InstanceSet.none else { return }
        counts.base[Int(instance)] += 1
        guard let leader = best else {
          best = instance
          return
        }
        let ahead = counts.base[Int(instance)] - counts.base[Int(leader)]
        if ahead > 0 || (ahead == 0 && instance < leader) { best = instance }
      }
    }
    for p in 0..<size {
      forEachNeighbour(of: Int(patch.base[p])) { neighbour in
        let instance = set.cellInstance[neighbour]
        if instance != InstanceSet.none { counts.base[Int(instance)] = 0 }
      }
    }
    return best
  }

  /// The class that most of an instance's cells have, the lower one where equal.
  private func voteForClasses(_ set: InstanceSet, _ things: ThingCells) {
    votes.fill(0, count: set.instances.count * classCount)
    for n in 0..<things.count {
      let cell = Int(things.cells.base[n])
      let instance = set.cellInstance[cell]
      if instance != InstanceSet.none {
        votes.base[Int(instance) * classCount + Int(set.cellClass[cell])] += 1
      }
    }
    for n in 0..<set.instances.count {
      let row = votes.base + n * classCount
      var best = 0
      var cells = row[0]
      for c in 1..<max(classCount, 1) {
        cells += row[c]
        if row[c] > row[best] { best = c }
      }
      set.instances[n].classIndex = best
      set.instances[n].isBoxlike = 16 * Float(cells) >= Self.boxFilling * set.instances[n].boxArea
    }
  }
}
