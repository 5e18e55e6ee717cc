import Testing
import dlvideo

@Suite struct DecimalTests {
  @Test func roundsHalfAwayAndPads() {
    #expect(1.5.decimal(2) == "1.50")
    #expect(0.04.decimal(2) == "0.04")
    #expect(9.999.decimal(2) == "10.00")
    #expect((-0.5).decimal(0) == "-1")
    #expect((-0.001).decimal(1) == "0.0")
    #expect(1234.0.decimal(0) == "1234")
    #expect(Double.nan.decimal(1) == "-")
  }

  @Test func clocksAndSizes() {
    #expect(3.9.clock == "00:03")
    #expect(3723.0.clock == "1:02:03")
    #expect(Double.infinity.clock == "--:--")
    #expect(Int64(999).byteCount == "999 bytes")
    #expect(Int64(1_440_000).byteCount == "1.4 MB")
  }
}

@Suite struct ProgressLineTests {
  @Test func saysWhatAViewerWantsToKnow() {
    var line = ProgressLine()
    line.totalFrames = 221
    line.totalSeconds = 8.84
    line.frames = 123
    line.mediaSeconds = 4.92
    line.elapsedSeconds = 3.22
    #expect(
      line.text
        == "frame 123/221  00:04/00:08  55%  38.2 fps  1.53x  ETA 00:02  drops 0")
  }

  @Test func ofALiveSourceOnlyWhatIsKnown() {
    var line = ProgressLine()
    #expect(line.text == "frame 0  00:00  0.0 fps  drops 0")
    line.frames = 50
    line.elapsedSeconds = 2
    line.recentFPS = 30
    line.drops = 7
    #expect(line.text == "frame 50  00:00  30.0 fps  drops 7")
  }

  @Test func moreFramesThanAnnouncedIsNoMoreThanAll() {
    var line = ProgressLine()
    line.totalFrames = 10
    line.frames = 12
    line.elapsedSeconds = 1
    #expect(line.text.hasPrefix("frame 12/12  00:00  100%"))
  }

  @Test func messagesAreOneHarmlessLine() {
    #expect(Console.singleLine("a\nb\u{1B}[2Jc\r") == "a b [2Jc ")
  }
}
