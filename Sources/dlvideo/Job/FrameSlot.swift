import Media
import Overlay

/// What travels on a frame's way: a picture, what the network makes of it, and the picture to be
/// written. All of its memory is taken before the first frame and used again.
final class FrameSlot: @unchecked Sendable {
  /// The picture as decoded.
  let decoded = VideoFrame()
  /// The same in the canvas's pixel format; mostly it shares `decoded`'s samples.
  let source = VideoFrame()
  /// What is drawn into and written.
  let canvas = VideoFrame()
  let parsing: ParsingBuffers
  var hud: HUDContent

  /// The frame's number in the job, from 0.
  var number = 0
  /// False for the frames that `--every` leaves out: they pass the network by.
  var isParsed = true
  /// Things seen, for the statistics.
  var thingCount = 0

  init(_ parser: Parser, stageNames: [String]) {
    parsing = ParsingBuffers(parser)
    hud = HUDContent(stageNames: stageNames)
  }
}
