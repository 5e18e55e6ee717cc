import CFFmpeg

/// A swscale context, made for one pair of geometries and kept for as long as they last.
final class ScalerContext {
  /// Everything that a context depends on.
  struct Geometry: Equatable {
    struct Side: Equatable {
      var width: Int
      var height: Int
      var format: AVPixelFormat
      var isFullRange: Bool
    }
    var source: Side
    var result: Side
    /// swscale's number of the YUV matrix (`SWS_CS_...`), the same on both sides.
    var matrix: Int32
    /// Chroma samples lie between the luma columns (as in JPEG), not on the even ones.
    var hasCentredChroma: Bool
    var flags: Int32
  }

  private var geometry: Geometry?
  private var context: OpaquePointer?

  deinit {
    sws_freeContext(context)
  }

  func prepare(_ wanted: Geometry) throws {
    if geometry == wanted { return }
    sws_freeContext(context)
    context = nil
    geometry = nil
    let operation =
      "scaling \(wanted.source.width)x\(wanted.source.height) "
      + "\(PixelFormat.of(wanted.source.format).name) to "
      + "\(wanted.result.width)x\(wanted.result.height) "
      + PixelFormat.of(wanted.result.format).name
    let made = try checkedPointer(.createScaler, operation) { sws_alloc_context() }
    context = made
    let object = UnsafeMutableRawPointer(made)
    let options: [(String, Int)] = [
      ("srcw", wanted.source.width), ("srch", wanted.source.height),
      ("src_format", Int(wanted.source.format.rawValue)),
      ("src_range", wanted.source.isFullRange ? 1 : 0),
      ("dstw", wanted.result.width), ("dsth", wanted.result.height),
      ("dst_format", Int(wanted.result.format.rawValue)),
      ("dst_range", wanted.result.isFullRange ? 1 : 0),
      ("sws_flags", Int(wanted.flags)),
    ]
    for (name, value) in options {
      try check(.setOption, operation) { av_opt_set_int(object, name, Int64(value), 0) }
    }
    try Self.placeChroma(object, "src", wanted.source.format, centred: wanted.hasCentredChroma)
    try Self.placeChroma(object, "dst", wanted.result.format, centred: wanted.hasCentredChroma)
    try check(.createScaler, operation) { sws_init_context(made, nil, nil) }
    // Refused where neither side is YUV, and then not needed.
    let table = sws_getCoefficients(wanted.matrix)
    _ = sws_setColorspaceDetails(
      made, table, wanted.source.isFullRange ? 1 : 0, table, wanted.result.isFullRange ? 1 : 0,
      0, 1 << 16, 1 << 16)
    geometry = wanted
  }

  /// Tells swscale where 4:2:0 chroma lies, in 256ths of a chroma sample.
  private static func placeChroma(
    _ object: UnsafeMutableRawPointer, _ side: String, _ format: AVPixelFormat, centred: Bool
  ) throws {
    let description = PixelFormat.of(format)
    if description.log2ChromaHeight == 1 {
      try check(.setOption, "placing chroma") {
        av_opt_set_int(object, side + "_v_chr_pos", 128, 0)
      }
    }
    if description.log2ChromaWidth == 1 && centred {
      try check(.setOption, "placing chroma") {
        av_opt_set_int(object, side + "_h_chr_pos", 128, 0)
      }
    }
  }

  func scale(
    _ source: VideoFrame, to planes: UnsafePointer<UnsafeMutablePointer<UInt8>?>,
    strides: UnsafePointer<Int32>
  ) throws {
    let frame = source.pointer
    try check(.scale, "scaling a picture") {
      withUnsafePointer(to: &frame.pointee.data) { data in
        data.withMemoryRebound(to: UnsafePointer<UInt8>?.self, capacity: 8) { data in
          withUnsafePointer(to: &frame.pointee.linesize) { lines in
            lines.withMemoryRebound(to: Int32.self, capacity: 8) { lines in
              sws_scale(context, data, lines, 0, frame.pointee.height, planes, strides)
            }
          }
        }
      }
    }
  }
}

extension ScalerContext.Geometry.Side {
  /// A frame as swscale should see it: old full-range twins as what they are.
  init(_ frame: VideoFrame) {
    self.init(
      width: frame.width, height: frame.height, format: frame.format.plainTwin.av,
      isFullRange: frame.isFullRange)
  }
}

extension PixelFormat {
  /// "yuvj420p" without the "j"; the range is told beside it.
  var plainTwin: PixelFormat {
    switch av {
    case AV_PIX_FMT_YUVJ420P: PixelFormat.of(AV_PIX_FMT_YUV420P)
    case AV_PIX_FMT_YUVJ422P: PixelFormat.of(AV_PIX_FMT_YUV422P)
    case AV_PIX_FMT_YUVJ444P: PixelFormat.of(AV_PIX_FMT_YUV444P)
    case AV_PIX_FMT_YUVJ440P: PixelFormat.of(AV_PIX_FMT_YUV440P)
    case AV_PIX_FMT_YUVJ411P: PixelFormat.of(AV_PIX_FMT_YUV411P)
    default: self
    }
  }

  var isRGB: Bool {
    (av_pix_fmt_desc_get(av)?.pointee.flags ?? 0)
      & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0
  }

  /// One channel, or one channel and alpha.
  var isGray: Bool {
    guard let descriptor = av_pix_fmt_desc_get(av)?.pointee else { return false }
    return descriptor.nb_components <= 2 && !isRGB
  }

  var hasSubsampledChroma: Bool { log2ChromaWidth > 0 || log2ChromaHeight > 0 }
}

extension VideoFrame {
  /// swscale's number of the frame's YUV matrix, by the same rule as `lumaWeights`.
  var scalerMatrix: Int32 {
    let tagged = pointer.pointee.colorspace
    switch tagged {
    case AVCOL_SPC_BT709, AVCOL_SPC_FCC, AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M,
      AVCOL_SPC_SMPTE240M, AVCOL_SPC_BT2020_NCL:
      return Int32(tagged.rawValue)
    case AVCOL_SPC_BT2020_CL: return SWS_CS_BT2020
    default: return height > 576 ? SWS_CS_ITU709 : SWS_CS_ITU601
    }
  }

  var hasCentredChroma: Bool { pointer.pointee.chroma_location == AVCHROMA_LOC_CENTER }
}
