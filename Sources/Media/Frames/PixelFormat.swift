import CFFmpeg

/// How a frame's samples lie in memory.
public struct PixelFormat: Equatable, Sendable {
  public enum Layout: Sendable { case gray, planarYUV, semiPlanarYUV, rgb, other }

  /// FFmpeg's number and name, as in `AV_PIX_FMT_YUV420P`, "yuv420p".
  public let rawValue: Int32
  public let name: String
  public let layout: Layout
  public let planeCount: Int
  /// Bits a sample, 8 to 16; above 8 samples are little-endian 16-bit words.
  public let bitDepth: Int
  /// Bits that a sample is shifted up within its word (P010: 6; yuv420p10: 0).
  public let shift: Int
  public let log2ChromaWidth: Int
  public let log2ChromaHeight: Int

  /// Packed RGB: bytes from one pixel to the next (3 for rgb24, 4 for bgra); else 0.
  public let pixelStride: Int
  /// Packed RGB: where red, green and blue lie within a pixel, in bytes.
  public let redOffset: Int
  public let greenOffset: Int
  public let blueOffset: Int

  /// A property of the format alone: one of FFmpeg's old full-range twins ("yuvj420p").
  let isFullRangeTwin: Bool

  var av: AVPixelFormat { AVPixelFormat(rawValue) }

  public static func == (a: PixelFormat, b: PixelFormat) -> Bool { a.rawValue == b.rawValue }

  /// The format of FFmpeg's name ("yuv420p10le"), or nil.
  public init?(name: String) {
    let format = av_get_pix_fmt(name)
    guard format != AV_PIX_FMT_NONE else { return nil }
    self = PixelFormat.of(format)
  }

  private init(describing format: AVPixelFormat) {
    rawValue = format.rawValue
    isFullRangeTwin = [
      AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P,
      AV_PIX_FMT_YUVJ411P,
    ].contains(format)
    guard let descriptor = av_pix_fmt_desc_get(format)?.pointee else {
      name = "none"
      layout = .other
      planeCount = 0
      bitDepth = 0
      shift = 0
      log2ChromaWidth = 0
      log2ChromaHeight = 0
      pixelStride = 0
      redOffset = 0
      greenOffset = 0
      blueOffset = 0
      return
    }
    name = String(cString: descriptor.name)
    planeCount = Int(av_pix_fmt_count_planes(format))
    bitDepth = Int(descriptor.comp.0.depth)
    shift = Int(descriptor.comp.0.shift)
    log2ChromaWidth = Int(descriptor.log2_chroma_w)
    log2ChromaHeight = Int(descriptor.log2_chroma_h)
    layout = PixelFormat.layout(descriptor, planeCount: planeCount)
    let isPacked = layout == .rgb && planeCount == 1
    pixelStride = isPacked ? Int(descriptor.comp.0.step) : 0
    redOffset = isPacked ? Int(descriptor.comp.0.offset) : 0
    greenOffset = isPacked ? Int(descriptor.comp.1.offset) : 0
    blueOffset = isPacked ? Int(descriptor.comp.2.offset) : 0
  }

  private static func layout(_ descriptor: AVPixFmtDescriptor, planeCount: Int) -> Layout {
    let odd =
      AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM
      | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT
    if descriptor.flags & UInt64(odd) != 0 { return .other }
    if descriptor.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0 { return .rgb }
    if descriptor.nb_components == 1 { return .gray }
    if planeCount == 3 { return .planarYUV }
    if planeCount == 2 && descriptor.nb_components == 3 { return .semiPlanarYUV }
    return .other
  }
}

extension PixelFormat {
  /// Descriptions are made once a format and kept: asking a frame for its format is cheap.
  private static let table: [PixelFormat] = (0..<AV_PIX_FMT_NB.rawValue).map {
    PixelFormat(describing: AVPixelFormat($0))
  }
  private static let none = PixelFormat(describing: AV_PIX_FMT_NONE)

  static func of(_ format: AVPixelFormat) -> PixelFormat {
    table.indices.contains(Int(format.rawValue)) ? table[Int(format.rawValue)] : none
  }
}
