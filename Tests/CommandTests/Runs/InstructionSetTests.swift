import Foundation
import Testing

/// DLVIDEO_ISA: what it asks for is used, or refused.
@Suite struct InstructionSetTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  private static let levels = [
    "portable", "avx2", "avx2-vnni", "avx512", "avx512-vnni", "avx512-dl", "amx",
  ]

  private func run(level: String, _ arguments: [String]) throws -> Program.Result {
    try Program.run(
      Program.binary, arguments, folder: folder.url, environment: ["DLVIDEO_ISA": level])
  }

  /// What the refusal says the CPU has.
  private func offered() throws -> [String] {
    let line = try run(level: "none", ["devices"]).errors
    let list = line.components(separatedBy: "it has ").last ?? ""
    return list.trimmingCharacters(in: .newlines).components(separatedBy: ", ")
  }

  @Test(arguments: ["avx2x", "AVX2", "avx2 ", "7"])
  func unknownInstructionSetsAreRefused(level: String) throws {
    let result = try run(
      level: level, ["lavfi:testsrc2=size=96x64", "-o", "out.mp4", "--frames", "1"])
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.contains("DLVIDEO_ISA=\(level) "), "\(result.errors)")
    #expect(result.errors.contains("portable"), "\(result.errors)")
    #expect(!folder.exists("out.mp4"))
  }

  /// A level is used where the CPU has it, and refused where not; never another one instead.
  @Test(arguments: levels)
  func instructionSetsAreUsedOrRefused(level: String) throws {
    let offered = try offered()
    #expect(offered.first == "portable" && Set(offered).isSubset(of: Self.levels))
    let result = try run(
      level: level,
      [
        "lavfi:testsrc2=size=96x64", "-o", "out.mp4", "--frames", "1", "--size", "64x48", "-v",
        "--precision", "fp32",
      ])
    if offered.contains(level) {
      #expect(result.status == 0, "\(result.errors)")
      let family =
        level == "portable" ? "portable" : level.hasPrefix("avx2") ? "avx2" : "avx512"
      let line = result.errorLines.first { $0.contains("kernels ") } ?? ""
      #expect(line.components(separatedBy: "kernels ").last?.contains(family) == true, "\(line)")
    } else {
      #expect(result.status == 64, "\(result.errors)")
      #expect(result.errorLines.count == 1, "\(result.errors)")
      #expect(result.errors.contains("DLVIDEO_ISA=\(level) "), "\(result.errors)")
    }
  }

  @Test func anEmptyWishIsNone() throws {
    #expect(try run(level: "", ["devices"]).status == 0)
  }
}
