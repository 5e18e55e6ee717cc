import Foundation
import Testing

/// The main job on files, through the built program.
@Suite struct FileRunTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// Runs the job with a network small enough for tests.
  private func parse(_ input: String, _ output: String, _ more: String...) throws -> Program.Result
  {
    try Program.run(
      Program.binary, [input, "-o", output, "--size", "64x48"] + more, folder: folder.url)
  }

  private func expectDone(_ result: Program.Result) {
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test func framesTimesSoundAndMetadataStay() throws {
    let input = folder.path("in.mp4")
    let output = folder.path("out.mp4")
    try Clips.make(input, extra: ["-metadata", "title=A street"])
    let result = try parse(input, output)
    expectDone(result)
    #expect(try Probe.frameTimes(output) == Probe.frameTimes(input))
    #expect(try Probe.packetCount(output, "a:0") == Probe.packetCount(input, "a:0"))
    let stream = try Probe.stream(output)
    #expect(stream["codec_name"] == "h264")
    #expect(stream["width"] == "96" && stream["height"] == "64")
    let format = try Probe.rows(output, ["-show_format"]).first
    #expect(format?["tag:title"] == "A street")
    // The end of the job is told in one line, with the count of frames.
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(result.errorLines.first?.contains("12 frames") == true, "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test func quietSaysNothing() throws {
    try Clips.make(folder.path("in.mp4"), frames: 3)
    let result = try parse("in.mp4", "out.mp4", "-q")
    expectDone(result)
    #expect(result.errors.isEmpty)
  }

  @Test func variableFrameRateStays() throws {
    let input = folder.path("in.mkv")
    try Clips.make(
      input, audio: false, filter: "setpts='(N+0.5*mod(N\\,3))/25/TB'",
      extra: ["-fps_mode", "vfr"])
    for output in ["out.mp4", "out.mkv"] {
      expectDone(try parse(input, output))
      let expected = try Probe.frameTimes(input)
      let found = try Probe.frameTimes(folder.path(output))
      #expect(found.count == expected.count)
      for (a, b) in zip(found, expected) { #expect(abs(a - b) < 0.0011) }
    }
  }

  /// With nothing drawn and nothing lost in encoding, the pictures are the input's.
  @Test func nothingDrawnIsThePictureItself() throws {
    let bare = ["--alpha", "0", "--no-contours", "--no-labels", "--no-hud", "--crf", "0"]
    try Clips.make(folder.path("in.mp4"))
    let result = try Program.run(
      Program.binary, ["in.mp4", "-o", "out.mp4", "--size", "64x48"] + bare, folder: folder.url)
    expectDone(result)
    #expect(try Probe.pictures(folder.path("out.mp4")) == Probe.pictures(folder.path("in.mp4")))
    expectDone(try parse("in.mp4", "drawn.mp4", "--crf", "0"))
    let drawn = try Probe.pictures(folder.path("drawn.mp4"))
    #expect(Set(drawn).isDisjoint(with: try Probe.pictures(folder.path("in.mp4"))))
  }

  @Test func sideBySideShowsBoth() throws {
    try Clips.make(folder.path("in.mp4"), frames: 4)
    expectDone(try parse("in.mp4", "out.mp4", "--side-by-side", "--crf", "0"))
    let stream = try Probe.stream(folder.path("out.mp4"))
    #expect(stream["width"] == "192" && stream["height"] == "64")
    let left = try Probe.pictures(folder.path("out.mp4"), filter: "crop=96:64:0:0")
    #expect(left == (try Probe.pictures(folder.path("in.mp4"))))
  }

  @Test func aPartOfTheInput() throws {
    try Clips.make(folder.path("in.mp4"), frames: 50, extra: ["-g", "10"])
    expectDone(try parse("in.mp4", "frames.mp4", "--frames", "7"))
    #expect(try Probe.frameTimes(folder.path("frames.mp4")).count == 7)
    expectDone(try parse("in.mp4", "part.mp4", "--start", "0:00.8", "--duration", "0.4"))
    let times = try Probe.frameTimes(folder.path("part.mp4"))
    #expect(times.count == 10, "\(times)")
    let picture = try Probe.pictures(folder.path("in.mp4"))[20]
    expectDone(
      try parse(
        "in.mp4", "bare.mp4", "--start", "0.8", "--frames", "1", "--alpha", "0", "--no-contours",
        "--no-labels", "--no-hud", "--crf", "0"))
    #expect(try Probe.pictures(folder.path("bare.mp4")) == [picture])
  }

  @Test func encoderAndContainerByName() throws {
    try Clips.make(folder.path("in.mp4"), frames: 4)
    expectDone(
      try parse(
        "in.mp4", "out.bin", "--codec", "mpeg4", "--format", "matroska", "--bitrate", "200k"))
    #expect(try Probe.stream(folder.path("out.bin"))["codec_name"] == "mpeg4")
    #expect(
      try Probe.rows(folder.path("out.bin"), ["-show_format"]).first?["format_name"]?
        .contains("matroska") == true)
    expectDone(try parse("in.mp4", "silent.mp4", "--no-audio"))
    #expect(try Probe.packetCount(folder.path("silent.mp4"), "a:0") == 0)
  }

  @Test func throughPipes() throws {
    try Clips.make(folder.path("in.ts"))
    let input = try folder.data("in.ts")
    let result = try Program.run(
      Program.binary, ["-", "-o", "-", "--format", "mpegts", "--size", "64x48"], input: input,
      folder: folder.url)
    expectDone(result)
    try result.output.write(to: folder.url.appendingPathComponent("out.ts"))
    #expect(try Probe.frameTimes(folder.path("out.ts")).count == 12)
    #expect(
      try Probe.packetCount(folder.path("out.ts"), "a:0")
        == Probe.packetCount(folder.path("in.ts"), "a:0"))
  }

  @Test func picturesAndPatterns() throws {
    try Clips.ffmpeg([
      "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25", "-frames:v", "5",
      folder.path("%03d.png"),
    ])
    expectDone(try parse("%03d.png", "out.mp4"))
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count == 5)
    expectDone(try parse("001.png", "one.png"))
    #expect(try Probe.stream(folder.path("one.png"))["codec_name"] == "png")
    expectDone(try parse("lavfi:testsrc2=size=96x64:rate=25", "lavfi.mp4", "--frames", "3"))
    #expect(try Probe.frameTimes(folder.path("lavfi.mp4")).count == 3)
  }

  @Test(arguments: [
    ["97x63", "yuv420p"], ["96x64", "yuv420p10le"], ["96x64", "yuv422p"], ["96x64", "yuv444p"],
    ["96x64", "gray"], ["2x2", "yuv420p"], ["320x16", "yuv420p"],
  ])
  func sizesAndPixelFormats(kind: [String]) throws {
    try Clips.make(
      folder.path("in.mkv"), size: kind[0], frames: 3, audio: false,
      codec: ["-c:v", "ffv1", "-pix_fmt", kind[1]])
    expectDone(try parse("in.mkv", "out.mkv"))
    #expect(try Probe.frameTimes(folder.path("out.mkv")).count == 3)
  }

  @Test func turnedInterlacedAnamorphic() throws {
    try Clips.make(folder.path("plain.mp4"), frames: 3)
    try Clips.ffmpeg([
      "-i", folder.path("plain.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90",
      folder.path("turned.mp4"),
    ])
    try Clips.make(
      folder.path("wide.mp4"), frames: 3, filter: "setsar=4/3",
      extra: ["-flags", "+ildct+ilme", "-x264opts", "tff=1"])
    for name in ["turned", "wide"] {
      expectDone(try parse("\(name).mp4", "\(name)-out.mp4"))
      let before = try Probe.stream(folder.path("\(name).mp4"))
      let after = try Probe.stream(folder.path("\(name)-out.mp4"))
      for key in ["width", "height", "sample_aspect_ratio", "side_datum/display_matrix:rotation"] {
        #expect(after[key] == before[key], "\(name): \(key)")
      }
    }
  }

  @Test func aResolutionThatChangesMidway() throws {
    for (name, size) in [("a", "96x64"), ("b", "128x96")] {
      try Clips.make(folder.path("\(name).ts"), size: size, frames: 5, audio: false)
    }
    let joined = try folder.data("a.ts") + folder.data("b.ts")
    try joined.write(to: folder.url.appendingPathComponent("in.ts"))
    expectDone(try parse("in.ts", "out.mp4"))
    let stream = try Probe.stream(folder.path("out.mp4"))
    #expect(stream["width"] == "96" && stream["height"] == "64")
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count == 10)
  }

  @Test func runsFromAnywhereOnceInstalled() throws {
    let files = FileManager.default
    let prefix = folder.url.appendingPathComponent("prefix")
    for name in ["bin", "share/dlvideo", "elsewhere"] {
      try files.createDirectory(
        at: prefix.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    // The layout that `Tools/dlvideo install` makes.
    let program = prefix.appendingPathComponent("bin/dlvideo")
    try files.copyItem(at: Program.binary, to: program)
    try files.copyItem(
      at: Program.products.appendingPathComponent("dlvideo_DeeperLab.resources/models"),
      to: prefix.appendingPathComponent("share/dlvideo/models"))
    try Clips.make(folder.path("in.mp4"), frames: 2)
    let result = try Program.run(
      program, [folder.path("in.mp4"), "-o", "out.mp4", "--size", "64x48"],
      folder: prefix.appendingPathComponent("elsewhere"))
    expectDone(result)
    #expect(folder.exists("prefix/elsewhere/out.mp4"))
  }
}
