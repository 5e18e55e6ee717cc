import CKernels
import Media

/// A part of a frame's planes: rows of samples from a luma position on.
struct PlaneWindow {
  let base: UnsafeMutableRawPointer
  let bytesPerRow: Int

  func row(_ y: Int) -> UnsafeMutableRawPointer { base + y * bytesPerRow }
}

/// How samples are laid out, in the terms that drawing needs.
struct SampleLayout {
  let bytesPerSample: Int
  let bitDepth: Int
  let shift: Int32
  let hasChroma: Bool
  /// U and V alternate in one plane.
  let isInterleaved: Bool
  /// V comes before U (NV21, NV42).
  let isVFirst: Bool
  let log2ChromaWidth: Int
  let log2ChromaHeight: Int

  init(_ format: PixelFormat) {
    bytesPerSample = format.bitDepth > 8 ? 2 : 1
    bitDepth = format.bitDepth
    shift = Int32(format.shift)
    hasChroma = format.layout != .gray
    isInterleaved = format.layout == .semiPlanarYUV
    isVFirst = format.name == "nv21" || format.name == "nv42"
    log2ChromaWidth = hasChroma ? format.log2ChromaWidth : 0
    log2ChromaHeight = hasChroma ? format.log2ChromaHeight : 0
  }

  /// Planes of memory: 1, 2 (interleaved) or 3.
  var planeCount: Int { hasChroma ? (isInterleaved ? 2 : 3) : 1 }

  func rows(ofPlane index: Int, lumaHeight: Int) -> Int {
    index == 0 ? lumaHeight : -(-lumaHeight >> log2ChromaHeight)
  }

  func bytes(inRowOf index: Int, lumaWidth: Int) -> Int {
    guard index > 0 else { return lumaWidth * bytesPerSample }
    return -(-lumaWidth >> log2ChromaWidth) * bytesPerSample * (isInterleaved ? 2 : 1)
  }

  /// Plane `index` of a frame from the luma position (x, y) on, a multiple of the chroma step.
  func window(_ frame: VideoFrame, plane index: Int, x: Int = 0, y: Int = 0) -> PlaneWindow? {
    guard let plane = frame.plane(index) else { return nil }
    let down = index == 0 ? y : y >> log2ChromaHeight
    let right = bytes(inRowOf: index, lumaWidth: x)
    return PlaneWindow(
      base: plane.base + down * plane.bytesPerRow + right, bytesPerRow: plane.bytesPerRow)
  }
}
