import Panoptic

extension Segment {
  /// COCO's panoptic id: category * 1000 + instance, 0 being left for void.
  ///
  /// Stuff of category 0 has the id 0 by that rule, which readers take for void; it counts as
  /// instance 999 of its category.
  func cocoID(_ classes: [ClassInfo]) -> Int {
    let category = classes[classIndex].id
    let id = category * 1000 + min(instance, 999)
    return id == 0 ? 999 : id
  }
}

extension JSONText {
  /// One segment as `{id, category, isthing, area, bbox, score}`, and its identity over time
  /// where it has one.
  mutating func segment(_ segment: Segment, _ extent: PictureGrid.Extent, _ classes: [ClassInfo]) {
    object {
      $0.member("id", segment.cocoID(classes))
      $0.member("category", classes[segment.classIndex].id)
      $0.member("isthing", segment.isThing ? 1 : 0)
      $0.member("area", extent.area)
      $0.box(extent)
      $0.member("score", Double(segment.score), places: 4)
      if segment.trackID != 0 { $0.member("track", segment.trackID) }
    }
  }

  mutating func box(_ extent: PictureGrid.Extent) {
    let box = extent.box
    array("bbox") {
      $0.element(box.x)
      $0.element(box.y)
      $0.element(box.width)
      $0.element(box.height)
    }
  }
}
