import Foundation
import Panoptic
import PanopticBench
import Testing

/// Heads and what the slow reference (`Tools/panoptic/reference.py`) makes of them.
struct MapsFixture {
  struct Instance {
    var classIndex: Int
    var score: Float
    /// x and y of the five keypoints.
    var keypoints: [Float]
  }

  struct Expected {
    var instances: [Instance]
    /// A class, or 100 + instance, for every pixel.
    var labels: [UInt8]
  }

  let heads: HeadBuffers
  let classes: [ClassInfo]
  let stuffArea: Double
  let expected: [Decoding: Expected]

  init(_ name: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "maps"))
    var reader = Reader(bytes: [UInt8](try Data(contentsOf: url)))
    let (h, w, c) = (reader.int32(), reader.int32(), reader.int32())
    stuffArea = Double(reader.int32())
    classes = (0..<c).map { n in
      ClassInfo(id: n + 1, name: "class \(n)", isThing: reader.byte() != 0)
    }
    heads = HeadBuffers(height: h, width: w, classCount: c)
    for head in HeadBuffers.Head.allCases {
      let values = heads.values(head)
      for n in values.indices { values[n] = Float(reader.int16()) / 64 }
    }
    var expected: [Decoding: Expected] = [:]
    for decoding in [Decoding.deeperLab, .panopticDeepLab] {
      let instances = (0..<reader.int32()).map { _ in
        Instance(
          classIndex: reader.int32(), score: reader.float(),
          keypoints: (0..<10).map { _ in reader.float() })
      }
      expected[decoding] = Expected(
        instances: instances, labels: (0..<16 * h * w).map { _ in reader.byte() })
    }
    self.expected = expected
  }

  private struct Reader {
    let bytes: [UInt8]
    var at = 0

    mutating func byte() -> UInt8 {
      at += 1
      return bytes[at - 1]
    }

    mutating func bits(_ count: Int) -> UInt32 {
      (0..<count).reduce(0) { $0 | UInt32(byte()) << (8 * UInt32($1)) }
    }

    mutating func int16() -> Int16 { Int16(bitPattern: UInt16(bits(2))) }
    mutating func int32() -> Int { Int(Int32(bitPattern: bits(4))) }
    mutating func float() -> Float { Float(bitPattern: bits(4)) }
  }
}
