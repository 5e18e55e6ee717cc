import Panoptic
import Testing

@Suite struct GroupingParametersTests {
  @Test func modelFileValuesReplaceDefaults() throws {
    let parameters = try GroupingParameters(
      keypointRadius: 12, values: ["box_overlap": 0.7, "centre_window": 3, "of another time": 1])
    #expect(parameters.keypointRadius == 12)
    #expect(parameters.boxOverlap == 0.7)
    #expect(parameters.centreWindow == 3)
    #expect(parameters.centreThreshold == 0.1)
    #expect(parameters.maximumCentres == 200)
  }

  @Test func defaultsOfPanopticDeepLab() {
    let parameters = GroupingParameters(keypointRadius: 8)
    #expect(parameters.centreWindow == 7)
    #expect(parameters.centreThreshold == 0.1)
    #expect(parameters.maximumCentres == 200)
    #expect(parameters.refinementRounds == 2)
  }

  @Test func allParametersAreNamedOnceAndSurviveTheFile() throws {
    let names = GroupingParameters.all.map(\.name)
    #expect(Set(names).count == names.count)
    let mirrored = Mirror(reflecting: GroupingParameters(keypointRadius: 8)).children.count
    #expect(names.count == mirrored, "every parameter can be in a model file")
    let parameters = GroupingParameters(keypointRadius: 9)
    let read = try GroupingParameters(keypointRadius: 1, values: parameters.values)
    #expect(read == parameters)
  }

  @Test(arguments: [("box_overlap", 1.5), ("keypoint_radius", 0), ("maximum_centres", 0)])
  func valuesOutOfRangeAreRefused(_ name: String, _ value: Double) {
    let error = #expect(throws: PanopticError.self) {
      _ = try GroupingParameters(keypointRadius: 8, values: [name: value])
    }
    #expect(error?.description.contains(name) == true)
  }

  @Test func decodingIsNamedByTheModelFile() throws {
    let named = try ["deeperlab", "panoptic-deeplab", nil].map { try Decoding(name: $0) }
    #expect(named == [.deeperLab, .panopticDeepLab, .deeperLab])
    #expect(throws: PanopticError.unknownDecoding("watershed")) {
      _ = try Decoding(name: "watershed")
    }
  }
}
