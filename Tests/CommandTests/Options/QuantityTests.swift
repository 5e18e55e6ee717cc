import Testing
import dlvideo

@Suite struct QuantityTests {
  @Test(arguments: [
    ("90", 90), ("1.5", 1.5), ("0", 0), ("1:30", 90), ("01:02:03.5", 3723.5), ("100:00", 6000),
  ])
  func timesAreRead(text: String, seconds: Double) {
    #expect(TimeSpan(argument: text)?.seconds == seconds)
  }

  @Test(arguments: [
    "", "-1", "1:60", "1:2:3:4", "1:", ":1", "x", "nan", "inf", "1e400", "+5", "1.5:00", "1:-2",
  ])
  func nonsenseIsNoTime(text: String) {
    #expect(TimeSpan(argument: text) == nil)
  }

  @Test func bitRatesTakeUnits() {
    #expect(BitRate(argument: "800k")?.bitsPerSecond == 800_000)
    #expect(BitRate(argument: "2.5M")?.bitsPerSecond == 2_500_000)
    #expect(BitRate(argument: "1500000")?.bitsPerSecond == 1_500_000)
    for text in ["", "k", "-1k", "0", "nan", "1T", "1e30", "0.1"] {
      #expect(BitRate(argument: text) == nil, "\(text)")
    }
  }

  @Test func sizesAreRead() {
    #expect(FrameSize(argument: "512x288") == FrameSize(width: 512, height: 288))
    #expect(FrameSize(argument: "512X288") == FrameSize(width: 512, height: 288))
    for text in ["", "512", "512x", "x288", "512x288x3", "0x16", "-16x16", "a x b", "99999x16"] {
      #expect(FrameSize(argument: text) == nil, "\(text)")
    }
  }
}

@Suite struct NetworkSizeTests {
  let model = FrameSize(width: 512, height: 288)

  @Test func theModelsOwnSizeWhereTheAspectIsNearIt() {
    for aspect in [16.0 / 9, 1.65, 1.9] {
      #expect(FrameSize.network(model: model, aspect: aspect) == model)
    }
  }

  @Test(arguments: [4.0 / 3, 1.0, 9.0 / 16, 2.39, 3.0, 0.5])
  func elseAboutTheSameAreaAndThePicturesAspect(aspect: Double) {
    let size = FrameSize.network(model: model, aspect: aspect)
    #expect(size.suitsNetwork)
    #expect(abs(size.aspect / aspect - 1) < 0.04, "\(size)")
    let growth = Double(size.width * size.height) / Double(model.width * model.height)
    #expect((0.85...1.15).contains(growth), "\(size)")
  }

  @Test func absurdAspectsStayInBounds() {
    for aspect in [1e-6, 1e6, 0, -1, .infinity, .nan] {
      let size = FrameSize.network(model: model, aspect: aspect)
      #expect(size.suitsNetwork, "\(aspect): \(size)")
      #expect(size.width * size.height <= 8 * 512 * 288, "\(aspect): \(size)")
    }
  }

  @Test func theNearestSizeIsOffered() {
    #expect(!FrameSize(width: 500, height: 288).suitsNetwork)
    #expect(FrameSize(width: 500, height: 290).nearestForNetwork.description == "496x288")
    #expect(FrameSize(width: 1, height: 60000).nearestForNetwork.description == "16x4096")
  }
}
