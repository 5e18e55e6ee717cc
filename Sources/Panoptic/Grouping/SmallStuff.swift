import Glibc

/// Stuff that covers too little of the picture to be believed goes to the likeliest of the other
/// classes (`GroupingParameters.stuffArea`): strays cost PQ a false region each.
final class SmallStuff: @unchecked Sendable {
  private let isStuff: [Bool]
  private let leastCells: Double
  private let counts: FixedBuffer<UInt32>

  init(classes: [ClassInfo], parameters: GroupingParameters) {
    isStuff = classes.map { !$0.isThing }
    leastCells = parameters.stuffArea / 16
    counts = FixedBuffer(repeating: 0, count: 256)
  }

  /// Takes absent classes from the cells of `set` and marks them there. The class of most cells (the
  /// first of them where equal) is always present.
  func remove(from set: InstanceSet, _ semantic: FeatureMap) {
    guard leastCells > 0 else { return }
    let cells = set.headHeight * set.headWidth
    counts.fill(0, count: isStuff.count)
    for cell in 0..<cells { counts.base[Int(set.cellClass[cell])] += 1 }
    var most = 0
    for index in isStuff.indices where counts[index] > counts[most] { most = index }
    var isAnyLost = false
    for index in isStuff.indices {
      let isAbsent = isStuff[index] && index != most && Double(counts[index]) < leastCells
      set.isAbsent[index] = isAbsent
      if isAbsent && counts[index] > 0 { isAnyLost = true }
    }
    guard isAnyLost else { return }
    for cell in 0..<cells where set.isAbsent[Int(set.cellClass[cell])] {
      let logits = semantic.cell(cell / set.headWidth, cell % set.headWidth)
      let before = Int(set.cellClass[cell])
      var best: Int?
      for index in isStuff.indices where !set.isAbsent[index] {
        if best == nil || logits[index] > logits[best!] { best = index }
      }
      guard let best else { continue }
      set.cellClass[cell] = UInt8(best)
      set.cellProbability[cell] *= exp(logits[best] - logits[before])
    }
  }
}
