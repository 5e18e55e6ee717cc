import Media
import Panoptic

/// A colour as Y, U and V code values of a frame's samples, not shifted.
struct CodeColor: Equatable, Sendable {
  var y: Double
  var u: Double
  var v: Double
}

/// How a frame's samples stand for colours: the YUV matrix, the range and the bit depth.
///
/// ITU-T H.273: with y, cb, cr from gamma-coded R'G'B' in 0...1, studio range is
/// Y = (16 + 219 y) 2^(n-8), C = (128 + 224 c) 2^(n-8); full range Y = (2^n - 1) y,
/// C = (2^n - 1) c + 2^(n-1).
struct CodeSpace: Equatable {
  var redWeight: Double
  var blueWeight: Double
  var isFullRange: Bool
  var bitDepth: Int

  init(redWeight: Double, blueWeight: Double, isFullRange: Bool, bitDepth: Int) {
    self.redWeight = redWeight
    self.blueWeight = blueWeight
    self.isFullRange = isFullRange
    self.bitDepth = bitDepth
  }

  init(of frame: VideoFrame, bitDepth: Int) {
    let weights = frame.lumaWeights
    self.init(
      redWeight: weights.red, blueWeight: weights.blue, isFullRange: frame.isFullRange,
      bitDepth: bitDepth)
  }

  /// Gamma-coded components 0...1 to code values.
  func code(red: Double, green: Double, blue: Double) -> CodeColor {
    let luma = redWeight * red + (1 - redWeight - blueWeight) * green + blueWeight * blue
    let cb = (blue - luma) / (2 * (1 - blueWeight))
    let cr = (red - luma) / (2 * (1 - redWeight))
    let most = Double((1 << bitDepth) - 1)
    let unit = Double(1 << (bitDepth - 8))
    if isFullRange {
      let middle = Double(1 << (bitDepth - 1))
      return CodeColor(
        y: most * luma, u: min(most * cb + middle, most), v: min(most * cr + middle, most))
    }
    return CodeColor(
      y: unit * (16 + 219 * luma), u: unit * (128 + 224 * cb), v: unit * (128 + 224 * cr))
  }

  func code(_ color: RGBColor) -> CodeColor {
    code(
      red: Double(color.red) / 255, green: Double(color.green) / 255,
      blue: Double(color.blue) / 255)
  }
}
