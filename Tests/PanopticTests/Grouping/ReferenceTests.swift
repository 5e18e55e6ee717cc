import Panoptic
import PanopticBench
import Testing

/// The same instances and labels as the independent reference in numpy.
///
/// Labels must be equal at every pixel, up to the order of the instances: perfect maps have equal
/// scores, which single and double precision order differently. Keypoints may differ by 0.02 px
/// and scores by 1e-3.
@Suite struct ReferenceTests {
  @Test(
    arguments: ["apart", "crowded", "noisy", "random1", "random2", "strays", "things"],
    [Decoding.deeperLab, .panopticDeepLab])
  func sameInstancesAndLabels(_ name: String, _ decoding: Decoding) throws {
    let fixture = try MapsFixture(name)
    let expected = try #require(fixture.expected[decoding])
    var parameters = GroupingParameters(keypointRadius: 8)
    parameters.stuffArea = fixture.stuffArea
    let decoder = PanopticDecoder(
      classes: fixture.classes, headHeight: fixture.heads.height, headWidth: fixture.heads.width,
      parameters: parameters, decoding: decoding)
    let set = decoder.makeInstanceSet()
    let map = decoder.makeMap()
    decoder.group(fixture.heads.maps, into: set)
    decoder.fuse(fixture.heads.maps, set, into: map)

    #expect(set.instances.count == expected.instances.count)
    let partners = try match(map, expected)
    for (place, label) in partners where label >= 100 {
      let segment = map.segments[place]
      let instance = expected.instances[label - 100]
      #expect(segment.isThing)
      #expect(segment.classIndex == instance.classIndex)
      #expect(abs(segment.score - instance.score) < 1e-3, "score of instance \(label - 100)")
      let isFound = set.instances.contains { found in
        (0..<5).allSatisfy { k in
          abs(found.x[k] - instance.keypoints[2 * k]) < 0.02
            && abs(found.y[k] - instance.keypoints[2 * k + 1]) < 0.02
        }
      }
      #expect(isFound, "keypoints of instance \(label - 100)")
    }
  }

  /// The expected label of every segment; fails where segments and labels are not one to one.
  private func match(
    _ map: PanopticMap, _ expected: MapsFixture.Expected
  ) throws -> [Int: Int] {
    var labelOfSegment: [Int: Int] = [:]
    var different = 0
    for pixel in 0..<map.width * map.height {
      let label = Int(expected.labels[pixel])
      let place = Int(map.indices[pixel])
      if labelOfSegment[place, default: label] != label { different += 1 }
      labelOfSegment[place] = labelOfSegment[place] ?? label
    }
    #expect(different == 0, "pixels of another segment")
    #expect(Set(labelOfSegment.values).count == labelOfSegment.count, "no segment is split")
    for (place, label) in labelOfSegment where label < 100 {
      #expect(map.segments[place].classIndex == label)
    }
    return labelOfSegment
  }
}
