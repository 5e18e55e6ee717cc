import DeeperLab
import Foundation
import Inference
import Testing

/// The shipped model in int8, and what a calibrated file holds.
@Suite struct CalibrationTests {
  private static let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/DeeperLab/Resources/models/camvid-lite.safetensors")
    .standardized.path()

  private func measured(_ file: ModelFile, _ picture: [UInt8], _ pool: ThreadPool) throws
    -> Calibration
  {
    Calibration(
      ranges: try Calibrator.ranges(
        file.tensors, file.description, pictures: [picture], width: 128, height: 96, pool: pool),
      corrections: [:], frames: 1, agreement: ["bf16": 0.999, "int8": 0.98])
  }

  @Test func int8IsNearFloat() throws {
    let file = try ModelFile(path: Self.path)
    let pool = ThreadPool(threads: 2)
    let picture = HashedPicture.rgb("calibration", width: 128, height: 96)
    let calibration = try measured(file, picture, pool)
    func heads(_ precision: Precision) throws -> NetworkActivations {
      let network = try DeeperLabNetwork(
        file, width: 128, height: 96, kernels: Kernels(precision, calibration), pool: pool)
      let frame = network.makeActivations()
      network.run(picture, frame)
      return frame
    }
    let (expected, found) = (try heads(.fp32), try heads(.int8))
    for kind in HeadKind.allCases {
      let (a, b) = (expected.map(kind), found.map(kind))
      var (error, size) = (0.0, 0.0)
      for i in 0..<a.height {
        for j in 0..<a.width {
          for channel in 0..<a.channels {
            let (x, y) = (Double(a.cell(i, j)[channel]), Double(b.cell(i, j)[channel]))
            error += (x - y) * (x - y)
            size += x * x
          }
        }
      }
      // Measured 1 to 3 % on pictures, up to 9 % on this one, which is noise and has small outputs; a
      // wrong scale or zero point gives tens.
      #expect((error / size).squareRoot() < 0.12, "\(kind.rawValue)")
    }
  }

  @Test func aCalibratedFileHoldsTheSameModel() throws {
    let file = try ModelFile(path: Self.path)
    let picture = HashedPicture.rgb("calibration", width: 128, height: 96)
    var calibration = try measured(file, picture, ThreadPool(threads: 2))
    calibration.corrections = ["heads.semantic.logits": [Float](repeating: 0.25, count: 11)]
    let bytes = try file.bytes(with: calibration)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
      .path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try bytes.write(to: URL(filePath: path))
    let copy = try ModelFile(path: path)
    #expect(copy.description.calibration == calibration)
    #expect(copy.description.classes == file.description.classes)
    for (name, entry) in file.tensors.entries {
      #expect(
        try copy.tensors.values(name, shape: entry.shape)
          == file.tensors.values(name, shape: entry.shape))
    }
    #expect(bytes.count < file.tensors.byteCount + 16384)
    // What does not fit is refused in one line.
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("encoder.stem"))
    for damage in [("encoder.blocks.3.project", "encoder.blocks.3.projecT")] {
      var damaged = bytes
      let range = try #require(damaged.range(of: Data(damage.0.appending("\\\"").utf8)))
      damaged.replaceSubrange(range, with: Data(damage.1.appending("\\\"").utf8))
      try damaged.write(to: URL(filePath: path))
      let error = #expect(throws: ModelError.self) { try ModelFile(path: path) }
      #expect(error?.description.contains("encoder.blocks.3.project") == true)
      #expect(error?.description.contains("\n") == false)
    }
  }

  /// Padding and channels to spare are bytes of 0, which is zero only where nothing lies below it.
  @Test func rangesBelowZeroAreRefusedWhereReLUIs() throws {
    let file = try ModelFile(path: Self.path)
    let calibration = try #require(file.description.calibration)
    for (name, range) in calibration.ranges {
      var other = calibration
      other.ranges[name] = ActivationRange(lo: -1, hi: range.hi)
      let bytes = try file.bytes(with: other)
      func open() throws -> ModelFile {
        try ModelFile(tensors: SafeTensors(bytes: bytes, file: "handmade"))
      }
      if name.hasPrefix("encoder.") && name.hasSuffix(".project") {
        #expect(try open().description.calibration?.ranges[name]?.lo == -1)
      } else {
        let error = #expect(throws: ModelError.self, "\(name)") { try open() }
        #expect(error?.description.contains("the range of \(name) begins below zero") == true)
      }
    }
  }

  @Test func int8NeedsACalibration() throws {
    let file = try ModelFile(path: Self.path)
    let error = #expect(throws: ModelError.self) {
      try DeeperLabNetwork(
        file, width: 64, height: 48, kernels: Kernels(.int8), pool: ThreadPool(threads: 1))
    }
    #expect(error?.description.contains("model calibrate") == true)
  }

  @Test func whatCostsTooMuchIsNotAllowed() {
    func allows(_ precision: Precision, _ agreement: [String: Double], _ pq: [String: Double])
      -> Bool
    {
      Calibration(ranges: [:], corrections: [:], frames: 1, agreement: agreement, pq: pq)
        .allows(precision)
    }
    #expect(allows(.int8, ["int8": 0.98], [:]))
    #expect(!allows(.int8, ["int8": 0.90], [:]))
    #expect(!allows(.int8, [:], [:]))
    #expect(allows(.bf16, [:], [:]))
    // Ground truth is worth more than agreement.
    #expect(allows(.int8, ["int8": 0.90], ["fp32": 0.500, "int8": 0.491]))
    #expect(!allows(.int8, ["int8": 0.99], ["fp32": 0.500, "int8": 0.489]))
    #expect(!allows(.bf16, ["bf16": 0.999], ["fp32": 0.500, "bf16": 0.496]))
  }
}
