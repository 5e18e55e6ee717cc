/// One object of a video, as the tracker remembers it. Lengths are pixels of the map.
struct Track: BitwiseCopyable {
  var id = 0
  /// Frames since it was last seen; 0 in the frame in which it is.
  var framesUnseen = 0
  var centreX: Float = 0
  var centreY: Float = 0
  var width: Float = 0
  var height: Float = 0
  /// Pixels per frame.
  var velocityX: Float = 0
  var velocityY: Float = 0
  /// Frames in which it was seen.
  var framesSeen = 0
  /// Samples of its mask.
  var area: Float = 0
  var classIndex = 0

  /// Where it should be one frame on.
  mutating func predict() {
    centreX += velocityX
    centreY += velocityY
  }

  var scale: Float { max((width * height).squareRoot(), 1) }
}
