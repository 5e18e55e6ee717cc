import Foundation
import Media
import Testing

/// Every way that samples can lie in memory goes through, and odd sides too.
@Suite struct PixelFormatTests {
  let work = Workspace()

  @Test(arguments: [
    ("yuv420p", "yuv420p"), ("yuv422p", "yuv422p"), ("yuv444p", "yuv444p"),
    ("yuv420p10le", "yuv420p10le"), ("yuv422p10le", "yuv422p10le"), ("gray", "yuv420p"),
    ("gray10le", "yuv420p10le"), ("nv12", "nv12"),
    ("yuv410p", "yuv420p"), ("rgb24", "yuv420p"), ("bgra", "yuv420p"),
    ("yuyv422", "yuv422p"), ("gbrp", "yuv420p"), ("pal8", "yuv420p"),
  ])
  func goesThrough(format: String, canvas: String) throws {
    let input = work["in.nut"]
    try ffmpeg([
      "-f", "lavfi", "-t", "0.4", "-i", "testsrc2=size=96x64:rate=25", "-c:v", "rawvideo",
      "-pix_fmt", format, input,
    ])
    let result = try transcode(input, to: work["out.mp4"])
    #expect(result.times.count == 10)
    #expect(result.canvas == canvas)
    #expect(try Probe(work["out.mp4"]).times().count == 10)
    #expect(try similarity(input, work["out.mp4"]) > 0.85)
  }

  @Test(arguments: [("p010le", "yuv420p10le"), ("nv16", "nv16"), ("yuva420p", "yuv420p")])
  func goesThroughFromAGraph(format: String, canvas: String) throws {
    let graph = "lavfi:testsrc2=size=96x64:rate=25:duration=0.4,format=\(format)"
    let result = try transcode(graph, to: work["out.mp4"])
    #expect(result.times.count == 10)
    #expect(result.canvas == canvas)
    #expect(try Probe(work["out.mp4"]).times().count == 10)
  }

  @Test func fullRangeStaysFullRange() throws {
    let input = try work.clip("in.avi", frames: 5, "-c:v mjpeg -pix_fmt yuvj420p")
    let result = try transcode(input, to: work["out.mp4"])
    #expect(result.canvas == "yuvj420p")
    #expect(try Probe(work["out.mp4"]).stream("color_range") == "pc")
    #expect(try similarity(input, work["out.mp4"]) > 0.85)
  }

  @Test(arguments: ["97x64", "96x63", "97x63"])
  func oddSidesAreCutForEncodersThatNeedIt(size: String) throws {
    let input = work["in.nut"]
    try ffmpeg([
      "-f", "lavfi", "-t", "0.2", "-i", "testsrc=size=\(size):rate=25", "-c:v", "rawvideo",
      "-pix_fmt", "yuv420p", input,
    ])
    try transcode(input, to: work["out.mp4"])
    let sides = size.split(separator: "x").map { Int($0)! & ~1 }
    #expect(try Probe(work["out.mp4"]).stream("width") == String(sides[0]))
    #expect(try Probe(work["out.mp4"]).stream("height") == String(sides[1]))
    try transcode(input, to: work["out.mkv"], writing: with { $0.codec = "ffv1" })
    #expect(try Probe(work["out.mkv"]).stream("width") == String(size.prefix(2)))
  }

  @Test func losslessCopyIsExact() throws {
    let input = try work.clip("in.mkv", frames: 5, "-c:v ffv1 -pix_fmt yuv420p")
    try transcode(input, to: work["out.mkv"], writing: with { $0.codec = "ffv1" })
    func sums(_ path: String) throws -> String {
      try ffmpeg(["-i", path, "-f", "framemd5", "-"])
    }
    #expect(try sums(input) == sums(work["out.mkv"]))
  }

  @Test func interlacedStaysInterlaced() throws {
    let input = try work.clip(
      "in.mp4", size: "96x64", "-vf setfield=tff -c:v libx264 -flags +ildct+ilme -x264opts tff=1")
    try transcode(input, to: work["out.mp4"])
    #expect(try Probe(work["out.mp4"]).frames("interlaced_frame").allSatisfy { $0 == "1" })
    #expect(try Probe(work["out.mp4"]).frames("top_field_first").allSatisfy { $0 == "1" })
  }

  @Test func sizeMayChangeMidway() throws {
    try work.clip("a.h264", size: "96x64", frames: 8, "-c:v libx264 -bf 0")
    try work.clip("b.h264", size: "160x112", frames: 8, "-c:v libx264 -bf 0")
    try run("sh", ["-c", "cat '\(work["a.h264"])' '\(work["b.h264"])' > '\(work["in.h264"])'"])
    let result = try transcode(work["in.h264"], to: work["out.mp4"])
    #expect(result.times.count == 16)
    #expect(try Probe(work["out.mp4"]).times().count == 16)
    #expect(try Probe(work["out.mp4"]).stream("width") == "96")
  }

  @Test func picturesInAndOut() throws {
    try work.clip("a%03d.png", frames: 5, "-start_number 137")
    let result = try transcode(work["a%03d.png"], to: work["b%02d.png"])
    #expect(result.times.count == 5)
    #expect(work.exists("b05.png") && !work.exists("b06.png"))
    #expect(result.canvas == "yuv444p")
    let again = try transcode(work["a137.png"], to: work["one.jpg"])
    #expect(again.times.count == 1 && work.exists("one.jpg"))
  }

  @Test(arguments: [
    ("out.webm", "vp9"), ("out.avi", "h264"), ("out.gif", "gif"), ("out.ts", "h264"),
    ("out.flv", "h264"), ("out.m3u8", "h264"), ("out.mpg", "mpeg1video"), ("out.mov", "h264"),
  ])
  func containersByExtension(name: String, codec: String) throws {
    let input = try work.clip("in.mp4", frames: 10, "-c:v libx264")
    try transcode(input, to: work[name])
    #expect(try Probe(work[name]).stream("codec_name") == codec)
    #expect(try Probe(work[name]).frames("pict_type").count == 10)
  }

  @Test(arguments: ["mpeg4", "libx265", "ffv1", "mjpeg", "prores", "libx264rgb"])
  func encodersByName(codec: String) throws {
    let input = try work.clip("in.mp4", frames: 10, "-c:v libx264")
    try transcode(input, to: work["out.mkv"], writing: with { $0.codec = codec })
    #expect(try Probe(work["out.mkv"]).times() == Probe(input).times())
  }

  private func with(_ change: (inout MediaWriter.Options) -> Void) -> MediaWriter.Options {
    var options = MediaWriter.Options()
    change(&options)
    return options
  }

  /// Structural similarity of two videos' brightness, 1 for equal.
  private func similarity(_ a: String, _ b: String) throws -> Double {
    let text = try run(
      "sh",
      [
        "-c",
        "ffmpeg -hide_banner -nostdin -i '\(a)' -i '\(b)' -lavfi '[0]format=gray[x];[1]format=gray[y];[x][y]ssim' -f null - 2>&1",
      ])
    let all = text.components(separatedBy: "All:").last ?? ""
    return Double(all.prefix { $0.isNumber || $0 == "." }) ?? 0
  }
}
