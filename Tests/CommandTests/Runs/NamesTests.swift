import Foundation
import Testing

/// Names that mean something odd: links, pipes, devices, folders, one file twice.
@Suite struct NamesTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try Clips.make(folder.path("in.mp4"), frames: 3)
  }

  private func parse(_ arguments: String...) throws -> Program.Result {
    try Program.run(
      Program.binary, arguments + ["--size", "64x48", "-q"], folder: folder.url)
  }

  /// The input stays as it is, whatever else it is called.
  @Test func noFileIsReadAndWritten() throws {
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: folder.path("link.mp4"), withDestinationPath: folder.path("in.mp4"))
    try files.linkItem(atPath: folder.path("in.mp4"), toPath: folder.path("hard.mp4"))
    try files.createSymbolicLink(atPath: folder.path("there"), withDestinationPath: folder.url.path)
    let before = try folder.data("in.mp4")
    for (input, output) in [
      ("in.mp4", "link.mp4"), ("in.mp4", "hard.mp4"), ("link.mp4", "in.mp4"),
      ("file:in.mp4", "in.mp4"), ("in.mp4", "file:in.mp4"), ("file:in.mp4", "there/hard.mp4"),
      ("./in.mp4", "there/in.mp4"),
    ] {
      let result = try parse(input, "-o", output, "-y")
      #expect(result.status == 64, "\(input) \(output): \(result.errors)")
      #expect(result.errorLines.count == 1)
    }
    for option in ["--json", "--stats", "--trace"] {
      #expect(try parse("in.mp4", "-o", "out.mp4", "-y", option, "hard.mp4").status == 64)
      // The video and a report, or two reports, in one file.
      #expect(try parse("in.mp4", "-o", "out.mp4", "-y", option, "there/out.mp4").status == 64)
      #expect(
        try parse("in.mp4", "-o", "out.mp4", option, "r" + option, "--panoptic", "m").status == 0)
      try files.removeItem(atPath: folder.path("out.mp4"))
      try files.removeItem(atPath: folder.path("m"))
    }
    #expect(try parse("in.mp4", "-o", "out.mp4", "--json", "r2", "--stats", "./r2").status == 64)
    #expect(!folder.exists("out.mp4") && !folder.exists("r2"))
    #expect(
      try Program.run("heads", "in.mp4", "-o", "hard.mp4", "-y", folder: folder.url).status == 64)
    #expect(
      try Program.run("profile", "in.mp4", "--json", "hard.mp4", folder: folder.url).status == 64)
    #expect(try folder.data("in.mp4") == before)
  }

  @Test func picturesAreNotWrittenOverPictures() throws {
    try Clips.ffmpeg([
      "-f", "lavfi", "-i", "testsrc2=size=64x48:d=0.12", "-start_number", "0",
      folder.path("%06d.png"),
    ])
    let before = try (0..<3).map { try folder.data("00000\($0).png") }
    for arguments in [
      ["-o", "%06d.png", "-y"], ["-o", "./%06d.png", "-y"], ["-o", "000001.png", "-y"],
      ["-o", "out.mp4", "-y", "--panoptic", "."], ["-o", "out.mp4", "--stats", "000002.png", "-y"],
    ] {
      let result = try Program.run(
        Program.binary, ["%06d.png", "--size", "64x48"] + arguments, folder: folder.url)
      #expect(result.status == 64, "\(arguments): \(result.errors)")
    }
    // Another video's masks would replace pictures that are there.
    let result = try parse("in.mp4", "-o", "out.mp4", "--panoptic", ".")
    #expect(result.status == 73 && result.errors.contains("-y"), "\(result.errors)")
    #expect(try (0..<3).map { try folder.data("00000\($0).png") } == before)
    #expect(!folder.exists("out.mp4"))
  }

  @Test func devicesAndPipesAsInputs() throws {
    mkfifo(folder.path("pipe"), 0o600)
    for input in ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/full", "/", "/proc/self/mem"] {
      let result = try parse(input, "-o", "out.mp4")
      #expect(result.status == 65, "\(input): \(result.errors)")
      #expect(result.errorLines.count == 1 && !folder.exists("out.mp4"), "\(result.errors)")
    }
    // A named pipe is a stream like any other.
    try Clips.make(folder.path("in.ts"), frames: 5)
    let job = try Program.start(
      Program.binary, ["pipe", "-o", "out.mp4", "--size", "64x48", "-q"], folder: folder.url)
    let bytes = try folder.data("in.ts")
    try FileHandle(forWritingTo: folder.url.appendingPathComponent("pipe")).write(contentsOf: bytes)
    let result = job.wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count == 5)
  }

  @Test func modelsThatAreNoFiles() throws {
    mkfifo(folder.path("pipe"), 0o600)
    for model in ["/dev/zero", "/dev/null", "./pipe", "/", "/proc/self/mem"] {
      let result = try parse("in.mp4", "-o", "out.mp4", "--model", model)
      #expect(result.status == 69 && result.errorLines.count == 1, "\(model): \(result.errors)")
    }
  }

  @Test func filesThatMayNotBeRead() throws {
    let files = FileManager.default
    try files.copyItem(atPath: folder.path("in.mp4"), toPath: folder.path("locked.mp4"))
    chmod(folder.path("locked.mp4"), 0)
    try files.createDirectory(
      at: folder.url.appendingPathComponent("closed"), withIntermediateDirectories: false)
    chmod(folder.path("closed"), 0o500)
    chmod(folder.url.path, 0o755)
    // Root may do everything, so somebody else tries.
    let isRoot = getuid() == 0
    func parse(_ arguments: String...) throws -> Program.Result {
      let line = [Program.binary.path] + arguments + ["--size", "64x48", "-q"]
      return try Program.run(
        URL(fileURLWithPath: "/usr/bin/env"),
        (isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []) + line,
        folder: folder.url)
    }
    guard access(Program.binary.path, X_OK) == 0, try parse("--version").status == 0 else {
      // The build lies where nobody else may look.
      return
    }
    let input = try parse("locked.mp4", "-o", "-", "--format", "mpegts")
    #expect(input.status == 65 && input.errors.contains("Permission denied"), "\(input.errors)")
    let output = try parse("in.mp4", "-o", "closed/out.mp4")
    #expect(output.status == 73 && output.errors.contains("Permission denied"), "\(output.errors)")
    let model = try parse("in.mp4", "-o", "-", "--format", "mpegts", "--model", "./locked.mp4")
    #expect(model.status == 69 && model.errors.contains("Permission denied"), "\(model.errors)")
  }
}
