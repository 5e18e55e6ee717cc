import Foundation
import Media
import Testing

/// Faults of FFmpeg's calls, put into the whole program by `DLVIDEO_FAULT`: what a person then sees.
@Suite struct FaultRunTests {
  let folder: Folder

  init() throws {
    folder = try Folder()
    try Clips.make(folder.path("in.mp4"), frames: 10)
    try Clips.make(folder.path("in.ts"), frames: 10)
  }

  private func run(_ fault: String, _ arguments: [String], input: Data? = nil) throws
    -> Program.Result
  {
    try Program.run(
      Program.binary, arguments + ["--size", "64x48", "-q"], input: input, folder: folder.url,
      environment: ["DLVIDEO_FAULT": fault])
  }

  /// Any call, early or late: one line and a documented status; the output is absent, or it plays.
  @Test(arguments: FFmpegCall.allCases)
  func oneLineAndAnEndInOrder(call: FFmpegCall) throws {
    for nth in ["1", "6+"] {
      let result = try run("\(call.rawValue):\(nth):-5", ["in.mp4", "-o", "out.mp4", "-y"])
      let place: Comment = "\(call) \(nth): \(result.status) \(result.errors)"
      #expect([0, 64, 65, 70, 73, 74].contains(result.status), place)
      // A survived fault may be told in a warning.
      #expect(result.errorLines.count == (result.status == 0 ? result.errorLines.count : 1), place)
      #expect(result.errorLines.count <= 1, place)
      if folder.exists("out.mp4") {
        #expect(try !Probe.frameTimes(folder.path("out.mp4")).isEmpty, place)
        try FileManager.default.removeItem(atPath: folder.path("out.mp4"))
      } else {
        #expect(result.status != 0, place)
      }
    }
  }

  @Test(
    arguments: [
      ("openInput:1:-5", 65, false), ("openInput:1:-2", 66, false), ("findStreams:1:-5", 65, false),
      ("openDecoder:1:-22", 65, false), ("readPacket:1+:-5", 65, false),
      // A read that fails midway: what came before is written.
      ("readPacket:9+:-5", 65, true),
      ("openEncoder:1+:-22", 64, false), ("openOutput:1:-13", 73, false),
      ("writeHeader:1:-22", 64, false), ("writePacket:3:-28", 74, false),
      ("sendFrame:3:-12", 74, false), ("receivePacket:3:-12", 74, false),
      ("writeTrailer:1:-28", 74, false), ("closeOutput:1:-28", 74, false),
    ] as [(String, Int32, Bool)])
  func statusesAreThoseDocumented(fault: String, status: Int32, leavesOutput: Bool) throws {
    let result = try run(fault, ["in.mp4", "-o", "out.mp4"])
    #expect(result.status == status, "\(fault): \(result.errors)")
    #expect(result.errorLines.count == 1, "\(fault): \(result.errors)")
    #expect(folder.exists("out.mp4") == leavesOutput, "\(fault): \(result.errors)")
    if leavesOutput { #expect(try !Probe.frameTimes(folder.path("out.mp4")).isEmpty) }
  }

  /// A single packet that the decoder refuses is passed over.
  @Test func aRefusedPacketIsPassedOver() throws {
    let result = try Program.run(
      Program.binary, ["in.mp4", "-o", "out.mp4", "--size", "64x48"], folder: folder.url,
      environment: ["DLVIDEO_FAULT": "sendPacket:4:-1094995529"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("1 damaged packets skipped"), "\(result.errors)")
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count >= 7)
  }

  @Test(arguments: [
    "readPacket:5:-5", "writePacket:2:-32", "closeOutput:1:-5", "allocateBuffer:1:-12",
  ])
  func throughPipes(fault: String) throws {
    let result = try run(
      fault, ["-", "-o", "-", "--format", "mpegts"], input: folder.data("in.ts"))
    #expect([65, 70, 74].contains(result.status), "\(fault): \(result.status) \(result.errors)")
    #expect(result.errorLines.count == 1, "\(fault): \(result.errors)")
  }

  /// Masks and other commands.
  @Test func elsewhere() throws {
    for (fault, arguments) in [
      ("sendFrame:1:-12", ["in.mp4", "-o", "out.mp4", "-y", "--panoptic", "masks"]),
      ("scale:1:-12", ["heads", "in.mp4", "-o", "heads.safetensors"]),
      ("openInput:1:-5", ["profile", "in.mp4"]),
    ] {
      let result = try Program.run(
        Program.binary, arguments, folder: folder.url, environment: ["DLVIDEO_FAULT": fault])
      #expect([65, 70, 74].contains(result.status), "\(fault): \(result.status) \(result.errors)")
      #expect(result.errorLines.count == 1, "\(fault): \(result.errors)")
      #expect(!folder.exists("heads.safetensors"))
    }
  }
}
