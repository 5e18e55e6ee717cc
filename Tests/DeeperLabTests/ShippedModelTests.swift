import DeeperLab
import Foundation
import Inference
import Testing

/// The model that comes with the program, against what PyTorch makes of the same file.
@Suite struct ShippedModelTests {
  private struct Cases: Decodable {
    struct Shipped: Decodable {
      var name: String
      var input: [Int]
      var stride: Int
    }
    var shipped: [Shipped]
  }

  private static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/DeeperLab/Resources/models/camvid-lite.safetensors")
    .standardized.path()

  @Test func itIsTheDefaultAndDescribesItself() throws {
    let file = try ModelFile(path: Self.model)
    #expect(ModelCatalog.defaultName == "camvid-lite")
    #expect(file.description.classes.count == 11)
    #expect(
      file.description.classes.filter(\.isThing).map(\.name) == ["car", "pedestrian", "bicyclist"])
    #expect(file.description.inputWidth == 512 && file.description.inputHeight == 288)
  }

  @Test func headsAgreeWithPyTorch() throws {
    let data = try Data(contentsOf: Fixtures.folder.appending(path: "cases.json"))
    let cases = try JSONDecoder().decode(Cases.self, from: data).shipped
    #expect(!cases.isEmpty)
    let file = try ModelFile(path: Self.model)
    for golden in cases {
      let expected = try Fixtures.tensors(golden.name)
      let (width, height) = (golden.input[0], golden.input[1])
      let network = try DeeperLabNetwork(
        file, width: width, height: height, kernels: Kernels(.fp32), pool: ThreadPool(threads: 2))
      let frame = run(network, HashedPicture.rgb(golden.name, width: width, height: height))
      for kind in HeadKind.allCases {
        let map = frame.map(kind)
        let count = map.channels * map.height * map.width
        let kept = (count + golden.stride - 1) / golden.stride
        let values = try expected.values(kind.rawValue, shape: [kept])
        let largest = try expected.values("\(kind.rawValue).max", shape: [1])[0]
        var worst: Float = 0
        for (place, value) in values.enumerated() {
          // NCHW order, channel by channel.
          let index = place * golden.stride
          let (channel, cell) = index.quotientAndRemainder(dividingBy: map.height * map.width)
          let found = map.cell(cell / map.width, cell % map.width)[channel]
          worst = max(worst, found.isNaN ? .infinity : abs(found - value))
        }
        #expect(worst <= 1e-4 * largest, "\(golden.name) \(kind.rawValue): \(worst / largest)")
      }
    }
  }
}
