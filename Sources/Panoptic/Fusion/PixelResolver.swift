/// Which instance a thing pixel belongs to where the cells around it do not agree.
///
/// The four cells vote with their bilinear weights. Cells tell where an object ends to within
/// two pixels only, so two sharper witnesses weigh in first: the instance's box, from its
/// keypoints, that the pixel must lie in, and that holds it surely when the instance fills it;
/// and the pixel's own class.
struct PixelResolver {
  private let height: Int
  private let width: Int
  private let stuff: [Int]
  private static let outsideBox: Float = 1 / 64
  private static let insideFullBox: Float = 64
  private static let otherClass: Float = 1 / 8

  init(classes: [ClassInfo], headHeight: Int, headWidth: Int) {
    height = headHeight
    width = headWidth
    stuff = classes.indices.filter { !classes[$0].isThing }
  }

  /// The instance with most votes, the first of the cells' in row order where equal; without any
  /// among the four cells that of the nearest of the next twelve; nil where these have none.
  func instance(_ x: Int, _ y: Int, _ classIndex: Int, _ set: InstanceSet) -> Int? {
    let (column, row) = ((x + 2) / 4 - 1, (y + 2) / 4 - 1)
    let s = (Float(x) - 1.5) * 0.25 - Float(column)
    let t = (Float(y) - 1.5) * 0.25 - Float(row)
    let weights = SIMD4<Float>((1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t)
    var cells = SIMD4<Int32>(repeating: -1)
    for corner in 0..<4 {
      let i = min(max(row + corner / 2, 0), height - 1)
      let j = min(max(column + corner % 2, 0), width - 1)
      let instance = set.cellInstance[i * width + j]
      if instance != InstanceSet.none { cells[corner] = Int32(instance) }
    }
    var best: Int?
    var most: Float = -1
    for corner in 0..<4 where cells[corner] >= 0 {
      let candidate = cells[corner]
      var votes: Float = 0
      for other in 0..<4 where cells[other] == candidate { votes += weights[other] }
      let instance = set.instances[Int(candidate)]
      if !Self.contains(instance, x, y) {
        votes *= Self.outsideBox
      } else if instance.isBoxlike {
        votes *= Self.insideFullBox
      }
      if instance.classIndex != classIndex { votes *= Self.otherClass }
      if votes > most {
        most = votes
        best = Int(candidate)
      }
    }
    return best ?? nearest(x, y, row, column, set)
  }

  private static func contains(_ instance: InstanceSet.Instance, _ x: Int, _ y: Int) -> Bool {
    let (px, py) = (Float(x), Float(y))
    return px >= instance.left - 0.5 && px <= instance.right + 0.5 && py >= instance.top - 0.5
      && py <= instance.bottom + 0.5
  }

  private func nearest(
    _ x: Int, _ y: Int, _ row: Int, _ column: Int, _ set: InstanceSet
  ) -> Int? {
    var best: Int?
    var least = Float.infinity
    for i in max(row - 1, 0)...min(row + 2, height - 1) {
      for j in max(column - 1, 0)...min(column + 2, width - 1) {
        let instance = set.cellInstance[i * width + j]
        guard instance != InstanceSet.none else { continue }
        let dx = Float(4 * j) + 1.5 - Float(x)
        let dy = Float(4 * i) + 1.5 - Float(y)
        let distance = dx * dx + dy * dy
        if distance < least {
          least = distance
          best = Int(instance)
        }
      }
    }
    return best
  }

  /// The likeliest stuff class of the cell that the pixel lies in, of those present; the first where
  /// none is present, nil where no class is stuff.
  func stuffClass(_ x: Int, _ y: Int, _ semantic: FeatureMap, _ set: InstanceSet) -> Int? {
    let logits = semantic.cell(y / 4, x / 4)
    var best: Int?
    for classIndex in stuff where !set.isAbsent[classIndex] {
      if best == nil || logits[classIndex] > logits[best!] { best = classIndex }
    }
    return best ?? stuff.first
  }
}
