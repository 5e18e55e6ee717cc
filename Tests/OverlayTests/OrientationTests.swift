import Media
import Overlay
import Panoptic
import Testing

/// What is drawn stands upright after the player has turned the stored picture.
@Suite struct OrientationTests {
  private static let all = (0..<4).flatMap { turns in
    [false, true].map { Orientation(quarterTurns: turns, isMirrored: $0) }
  }

  /// Painting onto a stored picture and turning it equals painting the upright picture.
  @Test(arguments: all) func theOverlayStandsUpright(_ orientation: Orientation) throws {
    var style = OverlayStyle()
    style.legend = true
    let stored = orientation.quarterTurns % 2 == 0 ? (320, 240) : (240, 320)
    let map = Scene.street(96, 72)
    let turned = try Scene.paint(
      try Picture.flat(stored.0, stored.1, "yuv444p", y: 90), map, style: style,
      orientation: orientation)
    let upright = try Scene.paint(
      try Picture.flat(320, 240, "yuv444p", y: 90), map, style: style)
    #expect(Picture.luma(turned).turned(orientation).difference(from: Picture.luma(upright)) <= 1)
  }

  @Test(arguments: all) func sideBySideHasTheOriginalOnTheLeft(_ orientation: Orientation) throws {
    var style = Scene.bare()
    style.sideBySide = true
    let stored = orientation.quarterTurns % 2 == 0 ? (64, 48) : (48, 64)
    let source = try Picture.random(stored.0, stored.1, "yuv444p")
    let canvas = try Scene.paint(
      source, Scene.street(24, 18), style: style, orientation: orientation)
    style.sideBySide = false
    let alone = try Scene.paint(
      source, Scene.street(24, 18), style: style, orientation: orientation)
    let seen = Picture.luma(canvas).turned(orientation)
    #expect(seen.width == 128 && seen.height == 48)
    #expect(seen.columns(0..<64) == Picture.luma(source).turned(orientation))
    #expect(seen.columns(64..<128) == Picture.luma(alone).turned(orientation))
  }
}
