import CKernels

/// The cells whose likeliest class is a thing: what grouping works on.
final class ThingCells: @unchecked Sendable {
  let height: Int
  let width: Int
  let classCount: Int
  /// 1 for things, by class index.
  let isThing: FixedBuffer<UInt8>
  /// Cells as row * width + column, in row order.
  let cells: FixedBuffer<UInt32>
  private(set) var count = 0
  private let smallStuff: SmallStuff
  private let kernels = ck_panoptic(ck_isa_active())!.pointee

  init(classes: [ClassInfo], height: Int, width: Int, parameters: GroupingParameters) {
    self.height = height
    smallStuff = SmallStuff(classes: classes, parameters: parameters)
    self.width = width
    classCount = classes.count
    isThing = FixedBuffer(repeating: 0, count: 256)
    for (index, info) in classes.enumerated() { isThing[index] = info.isThing ? 1 : 0 }
    cells = FixedBuffer(repeating: 0, count: height * width)
  }

  /// Writes each cell's class and probability into `set` and lists the thing cells.
  func find(in semantic: FeatureMap, into set: InstanceSet) {
    for i in 0..<height {
      kernels.classify(
        semantic.cell(i, 0), semantic.pixelStride, Int32(width), Int32(classCount),
        set.cellClass + i * width, set.cellProbability + i * width)
    }
    smallStuff.remove(from: set, semantic)
    count = 0
    for cell in 0..<height * width where isThing.base[Int(set.cellClass[cell])] != 0 {
      cells.base[count] = UInt32(cell)
      count += 1
    }
  }
}
