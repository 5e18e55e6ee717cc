import Foundation
import Testing

/// Memory and threads that the system has not: one line, status 70, no output.
@Suite struct ResourceTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// Runs the program with `kibibytes` of address space; nil where it does not even start with so
  /// few, as under a sanitizer.
  private func run(kibibytes: Int, _ arguments: String) throws -> Program.Result? {
    func shell(_ arguments: String) throws -> Program.Result {
      try Program.run(
        URL(fileURLWithPath: "/bin/sh"),
        ["-c", "ulimit -v \(kibibytes); exec '\(Program.binary.path)' \(arguments)"],
        folder: folder.url)
    }
    guard try shell("--version").status == 0 else { return nil }
    return try shell(arguments)
  }

  private func expectRefusal(
    _ result: Program.Result?, says words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    guard let result else { return }
    #expect(result.status == 70, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errorLines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    for word in ["dlvideo: "] + words {
      #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty,
      sourceLocation: sourceLocation)
  }

  @Test func tooLittleMemoryLeavesNoOutput() throws {
    // The network, or the frames on their way, find no room.
    for kibibytes in [1_000_000, 1_500_000] {
      try expectRefusal(
        try run(
          kibibytes: kibibytes,
          "lavfi:testsrc2=size=96x64 -o out.mp4 --json out.jsonl --size 2048x2048 --threads 2"),
        says: "not enough memory", "bytes", "--size")
    }
  }

  @Test func tooFewThreadsLeaveNoOutput() throws {
    try expectRefusal(
      try run(
        kibibytes: 5_000_000,
        "lavfi:testsrc2=size=96x64 -o out.mp4 --json out.jsonl --size 64x48 --threads 1024"),
      says: "1024 threads", "--threads")
  }
}
