import Foundation
import Media
import Testing

/// Pictures for the network: right colours, upright, exact where nothing is to be scaled.
@Suite struct ScalingTests {
  let work = Workspace()

  private func rgb(
    _ input: String, _ width: Int, _ height: Int, _ orientation: Orientation = .upright
  ) throws -> [UInt8] {
    let reader = try MediaReader(input)
    let frame = VideoFrame()
    _ = try reader.read(into: frame)
    var pixels = [UInt8](repeating: 0, count: 3 * width * height)
    try PictureScaler(width: width, height: height).scaleRGB(
      frame, orientation: orientation, into: &pixels)
    return pixels
  }

  @Test func pngComesOutBitExact() throws {
    var pixels = [UInt8](repeating: 0, count: 3 * 40 * 24)
    for i in pixels.indices { pixels[i] = UInt8(truncatingIfNeeded: i &* 37 ^ i >> 3) }
    try ImageWriter.writePNG(rgb: pixels, width: 40, height: 24, to: work["a.png"])
    #expect(try rgb(work["a.png"], 40, 24) == pixels)
  }

  @Test(arguments: [
    ("bt709", "tv"), ("bt709", "pc"), ("smpte170m", "tv"), ("smpte170m", "pc"), ("bt2020nc", "tv"),
  ])
  func usesMatrixAndRange(matrix: String, range: String) throws {
    // A flat colour, made with the matrix and range that its tags name.
    let name = matrix == "bt2020nc" ? "bt2020" : matrix
    try ffmpeg([
      "-f", "lavfi", "-i", "color=0xC83214:size=64x48:rate=25,format=rgb24", "-frames:v", "1",
      "-vf",
      "scale=out_color_matrix=\(name):out_range=\(range),format=yuv444p,setparams=colorspace=\(matrix):range=\(range)",
      "-c:v", "ffv1", work["a.mkv"],
    ])
    let pixels = try rgb(work["a.mkv"], 32, 24)
    for (got, want) in zip(pixels.prefix(3), [0xC8, 0x32, 0x14] as [Int]) {
      #expect(abs(Int(got) - want) <= 4)
    }
  }

  @Test(arguments: 0..<8)
  func standsUpright(which: Int) throws {
    // Four quarters of different colours: red, green, blue, white.
    var pixels = [UInt8](repeating: 255, count: 3 * 40 * 20)
    for y in 0..<20 {
      for x in 0..<40 {
        let quarter = (y >= 10 ? 2 : 0) + (x >= 20 ? 1 : 0)
        for c in 0..<3 { pixels[3 * (40 * y + x) + c] = quarter == 3 || quarter == c ? 255 : 0 }
      }
    }
    try ImageWriter.writePNG(rgb: pixels, width: 40, height: 20, to: work["a.png"])
    let orientation = Orientation(quarterTurns: which % 4, isMirrored: which >= 4)
    let size = orientation.uprightSize(width: 40, height: 20)
    let upright = try rgb(work["a.png"], size.width, size.height, orientation)
    // Where FFmpeg's own filters put the corners.
    let turn = ["null", "transpose=clock", "hflip,vflip", "transpose=cclock"][which % 4]
    try ffmpeg([
      "-i", work["a.png"], "-vf", (which >= 4 ? "hflip," : "") + turn, "-pix_fmt", "rgb24",
      work["b.png"],
    ])
    #expect(try upright == rgb(work["b.png"], size.width, size.height))
  }

  @Test func shrinkingDoesNotAlias() throws {
    // Columns of black and white become grey, not stripes.
    var pixels = [UInt8](repeating: 0, count: 3 * 128 * 32)
    for i in 0..<(128 * 32) where i % 2 == 1 {
      for c in 0..<3 { pixels[3 * i + c] = 255 }
    }
    try ImageWriter.writePNG(rgb: pixels, width: 128, height: 32, to: work["a.png"])
    let small = try rgb(work["a.png"], 32, 8)
    // At the borders the filter sees fewer columns.
    let inner = small.indices.filter { (2..<30).contains($0 / 3 % 32) }.map { Int(small[$0]) }
    #expect(inner.allSatisfy { abs($0 - 128) < 12 }, "\(inner.min()!)...\(inner.max()!)")
  }

  @Test func drawingNeverReachesTheDecodersPictures() throws {
    let input = try work.clip("in.mp4", frames: 12, "-c:v libx264 -bf 0 -refs 4")
    func sum(_ frame: VideoFrame) -> Int {
      let plane = frame.plane(0)!
      return (0..<frame.height).reduce(0) { total, y in
        let row = (plane.base + y * plane.bytesPerRow).assumingMemoryBound(to: UInt8.self)
        return (0..<frame.width).reduce(total) { $0 + Int(row[$1]) }
      }
    }
    var plain: [Int] = []
    try transcode(input, to: work["a.mp4"], draw: { frame, _ in plain.append(sum(frame)) })
    var drawn: [Int] = []
    try transcode(
      input, to: work["b.mp4"],
      draw: { frame, canvas in
        let plane = canvas.plane(0)!
        for y in 0..<canvas.height {
          memset(plane.base + y * plane.bytesPerRow, 0, canvas.width)
        }
        drawn.append(sum(frame))
      })
    #expect(plain == drawn)
  }
}
