import CKernels

/// From instances and semantic logits to the panoptic map (MODEL: fusion).
///
/// Every pixel's class is the argmax of the logits upsampled bilinearly, row by row, so that no
/// full-size logits ever exist. A stuff pixel belongs to its class's region, a thing pixel to
/// the instance of the cells around it (`PixelResolver` where they disagree), and an instance's
/// class is the majority vote of its pixels, the lower class where equal. There is no void. No pixel
/// is of a class that grouping found absent.
final class Fusion: @unchecked Sendable {
  private let height: Int
  private let width: Int
  private let classes: [ClassInfo]
  private let isThing: FixedBuffer<UInt8>
  private let planeStride: Int
  /// The logits of the two rows of cells around the row of pixels, and the blend of both.
  private let upper: FixedBuffer<Float>
  private let lower: FixedBuffer<Float>
  private let blended: FixedBuffer<Float>
  private let classRow: FixedBuffer<UInt8>
  private let blocks: FixedBuffer<UInt16>
  private let histogram: FixedBuffer<UInt32>
  /// An absent class's logits: below all others, and finite, as they are blended.
  private static let never: Float = -1e30
  private let resolver: PixelResolver
  private let regions: RegionTable
  private let kernels = ck_panoptic(ck_isa_active())!.pointee

  init(classes: [ClassInfo], headHeight: Int, headWidth: Int) {
    height = headHeight
    width = headWidth
    self.classes = classes
    isThing = FixedBuffer(repeating: 0, count: 256)
    for (index, info) in classes.enumerated() { isThing[index] = info.isThing ? 1 : 0 }
    planeStride = (headWidth + CK_PLANE_SLACK + 15) / 16 * 16
    upper = FixedBuffer(repeating: 0, count: planeStride * classes.count)
    lower = FixedBuffer(repeating: 0, count: planeStride * classes.count)
    blended = FixedBuffer(repeating: 0, count: planeStride * classes.count)
    classRow = FixedBuffer(repeating: 0, count: 4 * planeStride + 64)
    blocks = FixedBuffer(repeating: 0, count: headWidth + 1)
    histogram = FixedBuffer(repeating: 0, count: InstanceSet.capacity * classes.count)
    resolver = PixelResolver(classes: classes, headHeight: headHeight, headWidth: headWidth)
    regions = RegionTable(classes: classes)
  }

  func fuse(_ semantic: FeatureMap, _ set: InstanceSet, into map: PanopticMap) {
    histogram.fill(0, count: set.instances.count * classes.count)
    label(semantic, set, map)
    regions.build(from: set, histogram: histogram, into: map)
  }

  /// Fills the map with provisional labels: a class's index, or classes.count + instance.
  private func label(_ semantic: FeatureMap, _ set: InstanceSet, _ map: PanopticMap) {
    var (above, below) = (upper, lower)
    makePlanes(semantic, set, row: 0, into: below)
    for i in -1..<height {
      swap(&above, &below)
      let next = min(i + 1, height - 1)
      makePlanes(semantic, set, row: next, into: below)
      ck_block_instances(
        set.cellInstance + max(i, 0) * width, set.cellInstance + next * width, Int32(width),
        blocks.base)
      for phase in 0..<4 {
        let y = 4 * i + 2 + phase
        guard y >= 0, y < 4 * height else { continue }
        kernels.blend(
          above.base, below.base, 0.125 + 0.25 * Float(phase),
          Int32(planeStride * classes.count), blended.base)
        kernels.argmax_row(
          blended.base, Int32(planeStride), Int32(width), Int32(classes.count), classRow.base)
        let labels = map.indices + y * map.width
        let open = ck_label_row(
          classRow.base, blocks.base, isThing.base, Int32(width), Int32(classes.count), labels,
          histogram.base)
        if open > 0 { resolve(y, labels, semantic, set) }
      }
    }
  }

  private func makePlanes(
    _ semantic: FeatureMap, _ set: InstanceSet, row: Int, into planes: FixedBuffer<Float>
  ) {
    kernels.make_planes(
      semantic.cell(row, 0), semantic.pixelStride, Int32(width), Int32(classes.count),
      planes.base, Int32(planeStride))
    for index in classes.indices where set.isAbsent[index] {
      (planes.base + index * planeStride).update(repeating: Self.never, count: planeStride)
    }
  }

  /// The thing pixels of a row whose four cells are not of one instance.
  private func resolve(
    _ y: Int, _ labels: UnsafeMutablePointer<UInt16>, _ semantic: FeatureMap, _ set: InstanceSet
  ) {
    let row = classRow.base + CK_CLASS_ROW_LEAD
    for j in -1..<width where blocks.base[j + 1] == UInt16(CK_MIXED_CELLS) {
      for x in max(4 * j + 2, 0)..<min(4 * j + 6, 4 * width)
      where labels[x] == UInt16(CK_MIXED_CELLS) {
        let classIndex = Int(row[x])
        if let instance = resolver.instance(x, y, classIndex, set) {
          labels[x] = UInt16(classes.count + instance)
          histogram.base[instance * classes.count + classIndex] += 1
        } else {
          labels[x] = UInt16(resolver.stuffClass(x, y, semantic, set) ?? classIndex)
        }
      }
    }
  }
}
