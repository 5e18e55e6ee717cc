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

  init(_ format: AVPixelFormat) {
    rawValue = format.rawValue
    guard let descriptor = av_pix_fmt_desc_get(format)?.pointee else {
      name = "none"
      layout = .other
      planeCount = 0
      bitDepth = 0
      shift = 0
      log2ChromaWidth = 0
      log2ChromaHeight = 0
      return
    }
    name = String(cString: descriptor.name)
    planeCount = Int(av_pix_fmt_count_planes(format))
    bitDepth = Int(descriptor.comp.0.depth)
    shift = Int(descriptor.comp.0.shift)
    log2ChromaWidth = Int(descriptor.log2_chroma_w)
    log2ChromaHeight = Int(descriptor.log2_chroma_h)
    let flags = descriptor.flags
    let isRGB = flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0
    let isOdd =
      flags
      & UInt64(
        AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM
          | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT) != 0
    if isOdd {
      layout = .other
    } else if isRGB {
      layout = .rgb
    } else if descriptor.nb_components == 1 {
      layout = .gray
    } else if planeCount == 3 {
      layout = .planarYUV
    } else if planeCount == 2 && descriptor.nb_components == 3 {
      layout = .semiPlanarYUV
    } else {
      layout = .other
    }
  }
}

/// One picture: an `AVFrame` that this object owns. No raw FFmpeg pointer leaves `Media`;
/// other modules see planes of samples.
public final class VideoFrame: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<AVFrame>

  public init() {
    guard let frame = av_frame_alloc() else { fatalError("out of memory") }
    pointer = frame
  }

  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = pointer
    av_frame_free(&frame)
  }

  public var width: Int { Int(pointer.pointee.width) }
  public var height: Int { Int(pointer.pointee.height) }
  public var format: PixelFormat { PixelFormat(AVPixelFormat(pointer.pointee.format)) }

  /// Samples use the full range (0...255) instead of the studio range (16...235).
  public var isFullRange: Bool {
    pointer.pointee.color_range == AVCOL_RANGE_JPEG
      || [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P]
        .contains(AVPixelFormat(pointer.pointee.format))
  }

  /// Luma weights (Kr, Kb) of the frame's YUV matrix; BT.601 when untagged and small, else BT.709.
  public var lumaWeights: (red: Double, blue: Double) {
    switch pointer.pointee.colorspace {
    case AVCOL_SPC_BT709: return (0.2126, 0.0722)
    case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: return (0.2627, 0.0593)
    case AVCOL_SPC_SMPTE240M: return (0.212, 0.087)
    case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M, AVCOL_SPC_FCC: return (0.299, 0.114)
    default: return height > 576 ? (0.2126, 0.0722) : (0.299, 0.114)
    }
  }

  /// Where plane `index` begins and how many bytes lie between its rows (may be negative).
  public func plane(_ index: Int) -> (base: UnsafeMutableRawPointer, bytesPerRow: Int)? {
    let planes = [
      (pointer.pointee.data.0, pointer.pointee.linesize.0),
      (pointer.pointee.data.1, pointer.pointee.linesize.1),
      (pointer.pointee.data.2, pointer.pointee.linesize.2),
      (pointer.pointee.data.3, pointer.pointee.linesize.3),
    ]
    guard index < 4, let base = planes[index].0 else { return nil }
    return (UnsafeMutableRawPointer(base), Int(planes[index].1))
  }
}
