import Foundation
import Panoptic
import Testing
import dlvideo

@Suite struct JSONTextTests {
  @Test func anyTextComesBack() throws {
    let text = "quote \" slash \\ line\n tab\t bell\u{7} é 漢 \u{1F600}"
    var json = JSONText()
    json.object {
      $0.member("text", text)
      $0.array("numbers") {
        $0.element(-3)
        $0.element(0.25, places: 3)
        $0.element(Double.nan, places: 3)
        $0.object { _ in }
      }
      $0.member("yes", true)
    }
    #expect(json.string.hasSuffix(#""numbers":[-3,0.250,null,{}],"yes":true}"#))
    let read = try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any]
    #expect(read?["text"] as? String == text)
  }
}

@Suite struct PictureGridTests {
  /// A map of 4 x 2 pixels: segment 0 on the left, 1 on the right, 2 in one corner.
  private func map() -> PanopticMap {
    let map = PanopticMap(width: 4, height: 2)
    for (place, segment) in [0, 0, 1, 1, 0, 0, 1, 2].enumerated() {
      map.indices[place] = UInt16(segment)
    }
    map.segments = (0..<3).map {
      Segment(
        classIndex: $0, isThing: false, instance: 0, area: 0,
        box: (x: 0, y: 0, width: 0, height: 0), score: 1)
    }
    return map
  }

  @Test(arguments: [(8, 4), (7, 5), (4, 2), (3, 3), (2, 1), (1, 1), (640, 361)])
  func extentsAreThoseOfThePaintedPicture(size: (width: Int, height: Int)) {
    let map = map()
    let grid = PictureGrid(
      pictureWidth: size.width, pictureHeight: size.height, mapWidth: 4, mapHeight: 2)
    var extents: [PictureGrid.Extent] = []
    grid.measure(map, into: &extents)
    var painted = [PictureGrid.Extent](repeating: .init(), count: 3)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let segment = Int(map.indices[grid.rows[y] * 4 + grid.columns[x]])
        painted[segment].area += 1
        painted[segment].left = min(painted[segment].left, x)
        painted[segment].right = max(painted[segment].right, x + 1)
        painted[segment].top = min(painted[segment].top, y)
        painted[segment].bottom = max(painted[segment].bottom, y + 1)
      }
    }
    #expect(extents == painted)
    #expect(extents.map(\.area).reduce(0, +) == size.width * size.height)
  }
}
