import Foundation
import Testing

/// Every bad input ends with one line and the documented status, and leaves nothing behind that
/// looks whole.
@Suite struct BadInputTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  private func parse(_ arguments: String...) throws -> Program.Result {
    try Program.run(
      Program.binary, arguments + (arguments.contains("--size") ? [] : ["--size", "64x48"]),
      folder: folder.url)
  }

  private func expect(
    _ result: Program.Result, status: Int32, says words: String..., leavesNo output: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errorLines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(
      result.errors.hasPrefix("dlvideo: "), "\(result.errors)", sourceLocation: sourceLocation)
    for word in words {
      #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
    }
    if let output {
      #expect(!folder.exists(output), "\(output) was left", sourceLocation: sourceLocation)
    }
  }

  // MARK: Usage, 64

  @Test func noOutputSaysWhatToDo() throws {
    expect(try Program.run("in.mp4"), status: 64, says: "-o")
  }

  @Test(arguments: [
    ["--size", "500x288"], ["--size", "big"], ["--every", "0"], ["--frames", "-1"],
    ["--alpha", "2"], ["--crf", "23", "--bitrate", "1M"], ["--precision", "fp8"],
    ["--drop", "some"], ["--start", "1:99"], ["--threads", "0"], ["--nonsense"], ["-q", "-v"],
  ])
  func wrongOptions(options: [String]) throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    let result = try Program.run(
      Program.binary, ["in.mp4", "-o", "out.mp4"] + options, folder: folder.url)
    expect(result, status: 64, says: "dlvideo help run", leavesNo: "out.mp4")
  }

  @Test func aSizeThatIsNoMultipleOf16IsToldTheNearest() throws {
    expect(try Program.run("a", "-o", "b", "--size", "500x288"), status: 64, says: "496x288")
  }

  @Test func anUnknownCodecOrFormat() throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    expect(
      try parse("in.mp4", "-o", "out.mp4", "--codec", "nonsense"), status: 64, says: "nonsense",
      leavesNo: "out.mp4")
    expect(
      try parse("in.mp4", "-o", "out.mp4", "--format", "nonsense"), status: 64, says: "nonsense",
      leavesNo: "out.mp4")
  }

  @Test func theInputIsNotOverwritten() throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    let before = try folder.data("in.mp4")
    expect(try parse("in.mp4", "-o", "./in.mp4", "-y"), status: 64, says: "in.mp4")
    #expect(try folder.data("in.mp4") == before)
  }

  // MARK: Input, 65 and 66

  @Test func aMissingFile() throws {
    expect(
      try parse("none.mp4", "-o", "out.mp4"), status: 66, says: "none.mp4", leavesNo: "out.mp4")
  }

  @Test func notAVideo() throws {
    try Data("Not a video at all, only words.\n".utf8)
      .write(to: folder.url.appendingPathComponent("text.mp4"))
    try Data().write(to: folder.url.appendingPathComponent("empty.mp4"))
    try Clips.ffmpeg(["-f", "lavfi", "-i", "sine=duration=0.2", folder.path("sound.m4a")])
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("folder.mp4"), withIntermediateDirectories: true)
    for name in ["text.mp4", "empty.mp4", "sound.m4a", "folder.mp4"] {
      expect(try parse(name, "-o", "out.mp4"), status: 65, says: name, leavesNo: "out.mp4")
    }
  }

  @Test func aStartBehindTheEnd() throws {
    try Clips.make(folder.path("in.mp4"), frames: 5)
    expect(
      try parse("in.mp4", "-o", "out.mp4", "--start", "100"), status: 65, says: "--start",
      leavesNo: "out.mp4")
  }

  @Test func aFileCutBeforeItsIndex() throws {
    try Clips.make(folder.path("whole.mp4"))
    let data = try folder.data("whole.mp4")
    try data.prefix(data.count / 2).write(to: folder.url.appendingPathComponent("cut.mp4"))
    expect(try parse("cut.mp4", "-o", "out.mp4"), status: 65, says: "cut.mp4", leavesNo: "out.mp4")
  }

  @Test func aFileThatBreaksMidwayIsFinishedWithOneWarning() throws {
    try Clips.make(
      folder.path("whole.mp4"), size: "320x180", frames: 50, audio: false,
      extra: ["-movflags", "+faststart", "-g", "5"])
    let data = try folder.data("whole.mp4")
    try data.prefix(data.count * 6 / 10).write(to: folder.url.appendingPathComponent("cut.mp4"))
    let result = try parse("cut.mp4", "-o", "out.mp4", "-q")
    expect(result, status: 65, says: "cut.mp4")
    let frames = try Probe.frameTimes(folder.path("out.mp4")).count
    #expect((10..<50).contains(frames), "\(frames)")
  }

  // MARK: Model, 69

  @Test func modelsThatCannotBeUsed() throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    try Data(repeating: 7, count: 1000).write(to: folder.url.appendingPathComponent("noise.bin"))
    for model in ["nonsense", "none.safetensors", "noise.bin"] {
      expect(
        try parse("in.mp4", "-o", "out.mp4", "--model", model), status: 69, says: model,
        leavesNo: "out.mp4")
    }
  }

  @Test func modelsWithAMissingOrMisshapenTensor() throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    let models = Program.products.appendingPathComponent("dlvideo_DeeperLab.resources/models")
    let shipped = try #require(
      try FileManager.default.contentsOfDirectory(at: models, includingPropertiesForKeys: nil)
        .first { $0.pathExtension == "safetensors" })
    let whole = try Data(contentsOf: shipped)
    // As long as before, so that nothing else moves.
    for (name, from, to) in [
      ("missing", "\"heads.semantic.logits.weight\"", "\"heads.semantic.logits.weighs\""),
      ("misshapen", "[11,128,1,1]", "[128,11,1,1]"),
    ] {
      var model = whole
      let spaced = from.replacingOccurrences(of: ",", with: ", ")
      let (old, new) =
        model.range(of: Data(from.utf8)) != nil
        ? (from, to) : (spaced, to.replacingOccurrences(of: ",", with: ", "))
      let range = try #require(model.range(of: Data(old.utf8)))
      model.replaceSubrange(range, with: Data(new.utf8))
      try model.write(to: folder.url.appendingPathComponent("\(name).safetensors"))
      expect(
        try parse("in.mp4", "-o", "out.mp4", "--model", "\(name).safetensors"), status: 69,
        says: "heads.semantic.logits.weight", "11, 128", leavesNo: "out.mp4")
    }
  }

  // MARK: Output, 73 and 74

  @Test func anExistingOutputIsRefusedWithoutY() throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    try Data("precious".utf8).write(to: folder.url.appendingPathComponent("out.mp4"))
    expect(try parse("in.mp4", "-o", "out.mp4"), status: 73, says: "out.mp4", "-y")
    #expect(try folder.text("out.mp4") == "precious")
    let result = try parse("in.mp4", "-o", "out.mp4", "-y")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count == 2)
  }

  @Test func reportsAreNotOverwrittenEither() throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    try Data("precious".utf8).write(to: folder.url.appendingPathComponent("report"))
    for option in ["--json", "--stats", "--trace"] {
      expect(
        try parse("in.mp4", "-o", "out.mp4", option, "report"), status: 73, says: "report",
        leavesNo: "out.mp4")
      #expect(try folder.text("report") == "precious")
    }
  }

  @Test func anOutputThatCannotBeCreated() throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    expect(try parse("in.mp4", "-o", "none/out.mp4"), status: 73, says: "none/out.mp4")
    expect(
      try parse("in.mp4", "-o", "out.mp4", "--json", "none/a.jsonl"), status: 73,
      says: "none/a.jsonl", leavesNo: "out.mp4")
  }

  @Test func aFullDisk() throws {
    try Clips.make(folder.path("in.mp4"), frames: 2)
    expect(
      try parse("in.mp4", "-o", "/dev/full", "--format", "mpegts", "-y"), status: 74,
      says: "/dev/full")
    expect(
      try parse("in.mp4", "-o", "out.mp4", "--json", "/dev/full"), status: 74, says: "/dev/full")
  }

  @Test func aFullDiskInTheMiddleOfAFile() throws {
    let program = Program.binary.path
    // A limit on the file's size (1 MiB) fails the write just as a full disk does. The thread
    // sanitizer, which writes half a megabyte of its own, would not bear a lower one.
    let result = try Program.run(
      URL(fileURLWithPath: "/bin/sh"),
      [
        "-c",
        "ulimit -f 2048; exec '\(program)' lavfi:testsrc2=size=320x180 -o out.ts --crf 0 "
          + "--frames 200 --size 64x48",
      ], folder: folder.url)
    expect(result, status: 74, says: "out.ts", leavesNo: "out.ts")
  }

  @Test func aPipeThatIsClosed() throws {
    let program = Program.binary.path
    let result = try Program.run(
      URL(fileURLWithPath: "/bin/sh"),
      [
        "-c",
        "'\(program)' lavfi:testsrc2=size=96x64 -o - --format mpegts --size 64x48 | head -c 1000 "
          + ">/dev/null; exit ${PIPESTATUS:-0}",
      ], folder: folder.url)
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errors.contains("dlvideo: "), "\(result.errors)")
  }
}
