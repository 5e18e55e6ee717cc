import Panoptic

extension Segment {
  /// COCO's panoptic id: category * 1000 + instance.
  ///
  /// Stuff of category 0 would get 0, which readers take for void; it counts as the last instance
  /// of its category.
  func cocoID(_ classes: [ClassInfo]) -> Int {
    let last = PanopticID.instancesPerCategory - 1
    let id = PanopticID.id(category: classes[classIndex].id, instance: min(instance, last))
    return id == 0 ? last : Int(id)
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

  /// One class as COCO's `categories` list it.
  mutating func category(_ info: ClassInfo) {
    object {
      $0.member("id", info.id)
      $0.member("name", info.name)
      $0.member("isthing", info.isThing ? 1 : 0)
      if let color = info.color {
        $0.array("color") {
          $0.element(Int(color.red))
          $0.element(Int(color.green))
          $0.element(Int(color.blue))
        }
      }
    }
  }
}
