import CKernels
import DeeperLab
import Foundation
import Inference
import Panoptic
import Testing

/// One case of Fixtures/cases.json.
struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Widths: Decodable {
    var classes: Int
    var aspp: Int
    var decoder: Int
    var semanticHead: Int
    var instanceHead: Int
    var lowLevel: Int
    var rates: [Int]
  }
  var name: String
  var model: String
  var input: [Int]
  var widths: Widths
  var testDescription: String { name }

  var description: ModelDescription {
    ModelDescription(
      aspp: widths.aspp, decoder: widths.decoder, semanticHead: widths.semanticHead,
      instanceHead: widths.instanceHead, lowLevel: widths.lowLevel, rates: widths.rates,
      classes: (0..<widths.classes).map { ClassInfo(id: $0, name: "class \($0)", isThing: false) })
  }

  static let all: [GoldenCase] = {
    struct Cases: Decodable { var hashed: [GoldenCase] }
    let data = try! Data(contentsOf: Fixtures.folder.appending(path: "cases.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try! decoder.decode(Cases.self, from: data).hashed
  }()
}

enum Fixtures {
  static let folder = Bundle.module.resourceURL!.appending(path: "Fixtures")

  static func tensors(_ name: String) throws -> SafeTensors {
    try SafeTensors(path: folder.appending(path: "\(name).safetensors").path())
  }

  static func picture(_ tensors: SafeTensors, width: Int, height: Int) throws -> [UInt8] {
    try tensors.values("input", shape: [height, width, 3]).map { UInt8($0) }
  }
}

/// A way of computing that this CPU has.
struct Arithmetic: Sendable, CustomTestStringConvertible {
  var precision: Precision
  var isa: ck_isa
  var backend: Kernels.MatrixBackend
  var threads: Int

  var kernels: Kernels { Kernels(precision, isa: isa, backend: backend) }
  var testDescription: String { "\(kernels.name), \(threads) threads" }

  static func all(_ precision: Precision) -> [Arithmetic] {
    var list: [Arithmetic] = []
    for isa in Kernels.levels {
      for threads in [1, 2, 3] {
        list.append(
          Arithmetic(
            precision: precision, isa: isa, backend: .own, threads: threads))
      }
    }
    if precision == .fp32 {
      list.append(
        Arithmetic(precision: .fp32, isa: CK_ISA_PORTABLE, backend: .openBLAS, threads: 2))
    }
    return list
  }
}

/// The largest difference relative to the largest expected value, over a head's whole map.
func relativeError(_ found: FeatureMap, _ expected: [Float]) -> Float {
  var worst: Float = 0
  var largest: Float = 0
  for c in 0..<found.channels {
    for i in 0..<found.height {
      for j in 0..<found.width {
        let value = expected[(c * found.height + i) * found.width + j]
        largest = max(largest, abs(value))
        let difference = abs(value - found.cell(i, j)[c])
        worst = difference.isNaN ? .infinity : max(worst, difference)
      }
    }
  }
  return worst / largest
}

func run(_ network: DeeperLabNetwork, _ picture: [UInt8]) -> NetworkActivations {
  let frame = network.makeActivations()
  network.encode(picture, frame)
  network.decode(frame)
  network.runHeads(frame)
  return frame
}

@Suite struct GoldenTests {
  @Test func ruleGivesTheDocumentedBits() throws {
    let word = HashedWeights.words("tiny/encoder.stem.conv.weight")
    #expect(word(0) == 0x0B4C_B92B_3359_0E2E)
    #expect(word(2) == 0xCC47_5119_C24E_942C)
    let values = try HashedWeights(model: "tiny").values(
      "encoder.stem.conv.weight", shape: [32, 3, 5, 5])
    #expect(values.prefix(3).map(\.bitPattern) == [0xBE84_0804, 0xBE8F_6240, 0x3E2C_9945])
  }

  /// Every head within 1e-4 of PyTorch, relative to the head's largest value.
  @Test(arguments: GoldenCase.all, Arithmetic.all(.fp32))
  func headsAgreeWithPyTorch(_ golden: GoldenCase, _ arithmetic: Arithmetic) throws {
    try check(golden, arithmetic, tolerance: 1e-4)
  }

  /// bfloat16 has 8 bits of precision; over 60 layers of random weights the worst of all outputs
  /// strays by a few percent of the largest.
  @Test(arguments: GoldenCase.all, Arithmetic.all(.bf16).filter { $0.threads != 3 })
  func bfloat16StaysNear(_ golden: GoldenCase, _ arithmetic: Arithmetic) throws {
    try check(golden, arithmetic, tolerance: 0.1)
  }

  private func check(_ golden: GoldenCase, _ arithmetic: Arithmetic, tolerance: Float) throws {
    let expected = try Fixtures.tensors(golden.name)
    let (width, height) = (golden.input[0], golden.input[1])
    let network = try DeeperLabNetwork(
      HashedWeights(model: golden.model), golden.description, width: width, height: height,
      kernels: arithmetic.kernels, pool: ThreadPool(threads: arithmetic.threads))
    let frame = run(network, try Fixtures.picture(expected, width: width, height: height))
    for kind in HeadKind.allCases {
      let map = frame.map(kind)
      let values = try expected.values(
        kind.rawValue, shape: [1, map.channels, map.height, map.width])
      let error = relativeError(map, values)
      #expect(error <= tolerance, "\(kind.rawValue): relative error \(error)")
    }
  }

  /// A frame's result does not depend on the frames before it: scratch memory leaks nothing.
  @Test func runsAreIndependent() throws {
    let golden = GoldenCase.all[0]
    let (width, height) = (golden.input[0], golden.input[1])
    let picture = try Fixtures.picture(
      try Fixtures.tensors(golden.name), width: width, height: height)
    let network = try DeeperLabNetwork(
      HashedWeights(model: golden.model), golden.description, width: width, height: height,
      kernels: Kernels(.fp32), pool: ThreadPool(threads: 2))
    let first = run(network, picture)
    let other = run(network, picture.map { 255 - $0 })
    let again = run(network, picture)
    for kind in HeadKind.allCases {
      let (a, b, c) = (first.map(kind), again.map(kind), other.map(kind))
      var differs = false
      for i in 0..<a.height {
        for j in 0..<a.width {
          for k in 0..<a.channels {
            #expect(a.cell(i, j)[k] == b.cell(i, j)[k])
            differs = differs || a.cell(i, j)[k] != c.cell(i, j)[k]
          }
        }
      }
      #expect(differs)
    }
  }
}
