import Foundation
import Media
import Testing

/// Ways through the module that together make every FFmpeg call it has.
struct Scenario: Sendable, CustomTestStringConvertible {
  var name: String
  /// What is written, where that is one file.
  var output: String?
  /// The calls that it is for, where others have been made before it; nil: all of them.
  var calls: Set<FFmpegCall>?
  var run: @Sendable (Workspace) throws -> Void
  var testDescription: String { name }

  static let all: [Scenario] = [
    // Sound, metadata, chapters and rotation go along.
    Scenario(name: "file", output: "out.mp4") { work in
      try transcode(work["in.mp4"], to: work["out.mp4"])
    },
    Scenario(name: "part", output: "out.mkv") { work in
      var options = MediaReader.Options()
      options.start = 0.12
      try transcode(work["in.mp4"], to: work["out.mkv"], reading: options)
    },
    // RGB in, drawn in YUV, RGB out; and the network's picture beside it.
    Scenario(name: "pictures", output: nil) { work in
      let scaler = PictureScaler(width: 32, height: 32)
      let rgb = UnsafeMutablePointer<UInt8>.allocate(capacity: 3 * 32 * 32)
      defer { rgb.deallocate() }
      try transcode(work["%03d.png"], to: work["out%03d.png"], upTo: 2) { frame, _ in
        try scaler.scaleRGB(frame, orientation: .upright, into: rgb)
      }
      try ImageWriter.writePNG(rgb: rgb, width: 32, height: 32, to: work["single.png"])
    },
    Scenario(name: "segments", output: nil) { work in
      try transcode(work["in.mp4"], to: work["out.m3u8"])
    },
    Scenario(name: "datagrams", output: nil) { work in
      var options = MediaWriter.Options()
      options.copiesOtherStreams = false
      try transcode(work["in.mp4"], to: "udp://127.0.0.1:39473", writing: options)
    },
    Scenario(
      name: "test source that ends and comes again", output: "out.ts",
      calls: [.openInput, .findStreams, .openDecoder, .readPacket]
    ) { work in
      var options = MediaReader.Options()
      options.isLive = true
      options.reconnectAttempts = 1
      try transcode(
        "lavfi:testsrc2=size=64x48:rate=25:duration=0.12", to: work["out.ts"], reading: options,
        upTo: 5)
    },
    // A frame without a pool is copied by FFmpeg.
    Scenario(name: "drawn into as decoded", output: nil) { work in
      let reader = try MediaReader(work["in.mp4"])
      let frames = [VideoFrame(), VideoFrame()]
      _ = try reader.read(into: frames[0])
      try frames[1].share(frames[0])
      try frames[1].makeWritable()
    },
    Scenario(name: "standard input", output: "out.mkv") { work in
      try withStandardInput(work["in.ts"]) { try transcode("-", to: work["out.mkv"]) }
    },
  ]

  /// The clips that the scenarios read.
  static func prepare(_ work: Workspace) throws {
    let chapters = ";FFMETADATA1\ntitle=x\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=100\ntitle=c\n"
    try ffmpeg([
      "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:d=0.32", "-f", "lavfi", "-i",
      "sine=d=0.32", "-i", work.write(Data(chapters.utf8), to: "chapters"), "-map_metadata", "2",
      "-c:v", "libx264", "-c:a", "aac", work["plain.mp4"],
    ])
    try ffmpeg([
      "-i", work["plain.mp4"], "-c", "copy", "-metadata:s:v", "rotate=90", work["in.mp4"],
    ])
    try ffmpeg(["-i", work["plain.mp4"], "-c", "copy", work["in.ts"]])
    try work.clip("%03d.png", frames: 3)
  }
}

/// Runs `body` with a file as this process's standard input.
private func withStandardInput(_ path: String, _ body: () throws -> Void) rethrows {
  let kept = dup(STDIN_FILENO)
  let file = open(path, O_RDONLY)
  dup2(file, STDIN_FILENO)
  close(file)
  defer {
    dup2(kept, STDIN_FILENO)
    close(kept)
  }
  try body()
}
