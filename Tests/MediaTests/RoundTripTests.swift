import Foundation
import Media
import Testing

/// What goes in comes out: frames, times, sound, and all that is said about them.
@Suite struct RoundTripTests {
  let work = Workspace()

  @Test func keepsFramesTimesAndSound() throws {
    let input = try work.clip("in.mp4", frames: 25, audio: true, "-c:v libx264 -c:a aac")
    let result = try transcode(input, to: work["out.mp4"])
    #expect(result.times.count == 25)
    #expect(result.notes.isEmpty)
    #expect(result.warnings.isEmpty)
    let before = Probe(input)
    let after = Probe(work["out.mp4"])
    #expect(try after.times() == before.times())
    #expect(try after.packetCount("a:0") == before.packetCount("a:0"))
    #expect(try after.packetCount("a:0") > 40)
    #expect(try after.stream("codec_name") == "h264")
    #expect(try after.stream("duration") == before.stream("duration"))
    #expect(try after.stream("duration", "a:0") == before.stream("duration", "a:0"))
  }

  @Test(arguments: ["mp4", "mkv", "mov"])
  func keepsVariableRate(container: String) throws {
    // Frames 0, 1, 3, 6, 10, ...: every gap is longer than the last.
    let input = try work.clip(
      "in.mkv", frames: 40,
      "-vf select='eq(n,0)+eq(n,1)+eq(n,3)+eq(n,6)+eq(n,10)+eq(n,15)+eq(n,21)'",
      "-vsync vfr -c:v libx264 -bf 2")
    try transcode(input, to: work["out.\(container)"])
    let times = try Probe(work["out.\(container)"]).times()
    #expect(times.count == 7)
    #expect(try times == Probe(input).times())
  }

  /// As a camera has them: a few milliseconds before or after the beat.
  @Test(arguments: ["mp4", "mov", "mkv", "ts"])
  func keepsTimesOffTheBeat(container: String) throws {
    let input = try work.clip(
      "in.mkv", frames: 20,
      "-vf settb=1/1000,setpts=PTS+9*mod(N\\,3) -vsync passthrough"
        + " -enc_time_base 1/1000 -c:v libx264 -bf 0")
    let before = try Probe(input).times()
    #expect(before[1] - before[0] > 0.048 && before[3] - before[2] < 0.023)
    try transcode(input, to: work["out.\(container)"])
    let after = try Probe(work["out.\(container)"]).times()
    #expect(after.count == before.count)
    for (was, became) in zip(before, after) {
      #expect(abs((became - after[0]) - (was - before[0])) < 0.001)
    }
  }

  @Test(arguments: ["30000/1001", "24000/1001", "50", "12.5"])
  func keepsExactRates(rate: String) throws {
    let input = try work.clip("in.mp4", frames: 12, rate: rate, "-c:v libx264")
    try transcode(input, to: work["out.mp4"])
    #expect(try Probe(work["out.mp4"]).times() == Probe(input).times())
    #expect(
      try Probe(work["out.mp4"]).stream("avg_frame_rate") == Probe(input).stream("avg_frame_rate"))
  }

  @Test func fragmentedOutputKeepsTimes() throws {
    let input = try work.clip("in.mp4", frames: 25, audio: true, "-c:v libx264 -c:a aac")
    var options = MediaWriter.Options()
    options.isFragmented = true
    try transcode(input, to: work["out.mp4"], writing: options)
    #expect(try Probe(work["out.mp4"]).times() == Probe(input).times())
    let bytes = try Data(contentsOf: URL(fileURLWithPath: work["out.mp4"]))
    #expect(bytes.range(of: Data("moof".utf8)) != nil)
  }

  @Test func keepsMetadataChaptersAndLanguage() throws {
    try """
    ;FFMETADATA1
    title=A street
    artist=Nobody
    [CHAPTER]
    TIMEBASE=1/1000
    START=0
    END=400
    title=First
    [CHAPTER]
    TIMEBASE=1/1000
    START=400
    END=1000
    title=Second
    """.write(toFile: work["meta.txt"], atomically: true, encoding: .utf8)
    let input = work["in.mp4"]
    try ffmpeg([
      "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25", "-f", "lavfi", "-i", "sine", "-i",
      work["meta.txt"], "-map", "0", "-map", "1", "-map_metadata", "2", "-t", "1",
      "-metadata:s:a:0", "language=fra", "-c:a", "aac", input,
    ])
    let result = try transcode(input, to: work["out.mp4"])
    #expect(result.notes.isEmpty)
    let after = try Probe(work["out.mp4"]).json(
      "-show_format", "-show_chapters", "-show_streams")
    let tags = (after["format"] as! [String: Any])["tags"] as! [String: String]
    #expect(tags["title"] == "A street")
    #expect(tags["artist"] == "Nobody")
    let chapters = after["chapters"] as! [[String: Any]]
    #expect(chapters.map { ($0["tags"] as! [String: String])["title"]! } == ["First", "Second"])
    #expect(chapters.map { $0["start_time"] as! String } == ["0.000000", "0.400000"])
    let audio = (after["streams"] as! [[String: Any]]).first {
      $0["codec_type"] as? String == "audio"
    }
    #expect((audio?["tags"] as? [String: String])?["language"] == "fra")
  }

  @Test func keepsColourTagsAndPixelShape() throws {
    let input = try work.clip(
      "in.mp4", "-vf setsar=16/11 -c:v libx264 -pix_fmt yuv420p",
      "-color_range pc -colorspace bt709 -color_primaries bt709 -color_trc iec61966-2-1")
    try transcode(input, to: work["out.mp4"])
    for entry in [
      "color_range", "color_space", "color_primaries", "color_transfer", "sample_aspect_ratio",
      "chroma_location", "pix_fmt",
    ] {
      #expect(try Probe(work["out.mp4"]).stream(entry) == Probe(input).stream(entry), "\(entry)")
    }
  }

  @Test(arguments: [90, 180, 270])
  func keepsRotationAndReportsIt(degrees: Int) throws {
    let flat = try work.clip("flat.mp4", "-c:v libx264")
    let input = work["in.mp4"]
    // FFmpeg's option turns counter-clockwise.
    try ffmpeg(["-i", flat, "-c", "copy", "-metadata:s:v:0", "rotate=\(degrees)", input])
    let reader = try MediaReader(input)
    let turned = Orientation(quarterTurns: -degrees / 90, isMirrored: false)
    #expect(reader.video.orientation == turned)
    #expect(reader.video.width == 96)
    try transcode(input, to: work["out.mp4"])
    let again = try MediaReader(work["out.mp4"])
    #expect(again.video.orientation == reader.video.orientation)
    #expect((again.video.width, again.video.height) == (96, 64))
  }

  @Test func subtitlesGoWhereTheyFit() throws {
    try "1\n00:00:00,100 --> 00:00:00,400\nHello\n".write(
      toFile: work["s.srt"], atomically: true, encoding: .utf8)
    let flat = try work.clip("flat.mp4", "-c:v libx264")
    try ffmpeg(["-i", flat, "-i", work["s.srt"], "-c:v", "copy", "-c:s", "srt", work["in.mkv"]])
    try transcode(work["in.mkv"], to: work["out.mkv"])
    #expect(try Probe(work["out.mkv"]).packetCount("s:0") == 1)
    let result = try transcode(work["in.mkv"], to: work["out.mp4"])
    #expect(result.notes.count == 1 && result.notes[0].contains("mp4 does not take it"))
    #expect(try Probe(work["out.mp4"]).times() == Probe(flat).times())
  }

  @Test func coverPictureIsNotTheVideo() throws {
    let flat = try work.clip("flat.mp4", "-c:v libx264")
    try work.clip("cover.png", size: "200x200", frames: 1)
    try ffmpeg([
      "-i", work["cover.png"], "-i", flat, "-map", "0", "-map", "1", "-c", "copy",
      "-disposition:v:0", "attached_pic", work["in.mp4"],
    ])
    let reader = try MediaReader(work["in.mp4"])
    #expect(reader.video.width == 96)
    #expect(reader.otherStreams.map(\.kind) == [.picture])
    let result = try transcode(work["in.mp4"], to: work["out.mp4"])
    #expect(result.times.count == 15)
  }

  @Test func transportStreamKeepsTimesAndSound() throws {
    let input = try work.clip("in.ts", frames: 25, audio: true, "-c:v libx264 -c:a aac")
    try transcode(input, to: work["out.mp4"])
    let before = try Probe(input).times()
    let after = try Probe(work["out.mp4"]).times()
    #expect(after.count == before.count)
    #expect(zip(before, after).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(try Probe(work["out.mp4"]).packetCount("a:0") == Probe(input).packetCount("a:0"))
  }

  @Test func trimsOnTheFrame() throws {
    let input = try work.clip("in.mp4", frames: 50, audio: true, "-c:v libx264 -c:a aac -g 50")
    var options = MediaReader.Options()
    options.start = 0.6
    options.duration = 0.4
    let result = try transcode(input, to: work["out.mp4"], reading: options)
    #expect(result.times.first == 0.6)
    #expect(result.times.count == 10)
    let after = try Probe(work["out.mp4"]).times()
    #expect(after.first == 0)
    let sound = try Probe(work["out.mp4"]).packetCount("a:0")
    #expect((16...20).contains(sound))
  }
}
