import Foundation
import Inference
import SeededRandom
import Testing

@Suite struct SafeTensorsTests {
  private func file(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> Data {
    var bytes = Data()
    withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) {
      bytes.append(contentsOf: $0)
    }
    bytes.append(contentsOf: header.utf8)
    bytes.append(contentsOf: data)
    return bytes
  }

  @Test func whatIsWrittenIsRead() throws {
    let bytes = SafeTensorsWriter.bytes(
      [
        .init(name: "a", shape: [2, 3], values: [1, 2, 3, 4, 5, 6.5]),
        .init(name: "b.c", shape: [], values: [-1]),
        .init(name: "empty", shape: [0, 4], values: []),
      ], metadata: ["who": "\"me\""])
    let read = try SafeTensors(bytes: bytes, file: "memory")
    #expect(read.metadata == ["who": "\"me\""])
    #expect(try read.values("a", shape: [2, 3]) == [1, 2, 3, 4, 5, 6.5])
    #expect(try read.values("b.c", shape: []) == [-1])
    #expect(try read.values("empty", shape: [0, 4]) == [])
    #expect(throws: InferenceError.missingTensor(file: "memory", name: "d", expected: [1])) {
      try read.values("d", shape: [1])
    }
    #expect(
      throws: InferenceError.wrongShape(
        file: "memory", name: "a", found: [2, 3], expected: [3, 2])
    ) { try read.values("a", shape: [3, 2]) }
  }

  /// Half precision: normal, subnormal, largest, infinity, negative zero.
  @Test func halfPrecisionIsExact() throws {
    let bits: [UInt16] = [0x3C00, 0xC000, 0x0001, 0x03FF, 0x0400, 0x7BFF, 0x7C00, 0x8000, 0x3555]
    let expected: [Float] = [
      1, -2, 0x1p-24, 0x3FFp-24, 0x1p-14, 65504, .infinity, -0.0, 0.333251953125,
    ]
    let header = #"{"h":{"dtype":"F16","shape":[9],"data_offsets":[0,18]}}"#
    let data = bits.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let values = try SafeTensors(bytes: file(header, data: data), file: "m").values(
      "h", shape: [9])
    #expect(values.map(\.bitPattern) == expected.map(\.bitPattern))
  }

  @Test(arguments: [
    "", "[]", "{", #"{"a":1}"#, #"{"a":{"dtype":"F32","shape":[1]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"X9","shape":[1],"data_offsets":[0,4]}}"#,
  ])
  func malformedHeadersAreRefused(_ header: String) {
    #expect(throws: InferenceError.self) {
      try SafeTensors(bytes: file(header, data: [0, 0, 0, 0]), file: "m")
    }
  }

  @Test func lengthsAreNotTrusted() {
    for length in [UInt64.max, 1 << 62, 1 << 31, 100] {
      #expect(throws: InferenceError.self) {
        try SafeTensors(bytes: file("{}", length: length), file: "m")
      }
    }
    for count in 0..<8 {
      #expect(throws: InferenceError.self) {
        try SafeTensors(bytes: Data(repeating: 0, count: count), file: "m")
      }
    }
  }

  /// Random damage to a good file: it loads or is refused, and never crashes.
  @Test func damagedFilesNeverCrash() {
    let good = SafeTensorsWriter.bytes(
      (0..<5).map {
        .init(name: "t\($0)", shape: [$0, 3], values: .init(repeating: 1, count: $0 * 3))
      },
      metadata: ["dlvideo": "{}"])
    var random = SplitMix(seed: 6)
    for _ in 0..<3000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if Bool.random(using: &random) {
        bytes = bytes.prefix(Int.random(in: 0...bytes.count, using: &random))
      }
      guard let tensors = try? SafeTensors(bytes: Data(bytes), file: "m") else { continue }
      for (name, entry) in tensors.entries { _ = try? tensors.values(name, shape: entry.shape) }
    }
  }

  @Test func unreadablePathsHaveAReason() {
    #expect(
      throws: InferenceError.unreadable(file: "/nonexistent", reason: "No such file or directory")
    ) { try SafeTensors(path: "/nonexistent") }
    #expect(throws: InferenceError.unreadable(file: "/tmp", reason: "Is a directory")) {
      try SafeTensors(path: "/tmp")
    }
  }
}
