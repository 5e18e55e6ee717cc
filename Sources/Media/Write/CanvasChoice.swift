import CFFmpeg

/// Which pixel format is drawn into and which one is encoded.
///
/// The canvas has the input's own format wherever the encoder takes it and it can be drawn into:
/// planar or semi-planar YUV. Grey gains chroma, since the overlay is in colour. RGB and paletted
/// pictures become 4:2:0 for encoders of video, which is what players play; for encoders of RGB
/// they are drawn into as 4:4:4 and become RGB again.
struct CanvasChoice {
  let canvas: PixelFormat
  let encoded: PixelFormat

  init(source: PixelFormat, encoder: UnsafePointer<AVCodec>) throws {
    let taken = Self.formats(of: encoder)
    guard !taken.isEmpty else {
      canvas = Self.drawable(source) ? source : Self.nearestDrawable(to: source)
      encoded = canvas
      return
    }
    if Self.drawable(source), taken.contains(source) {
      canvas = source
      encoded = source
      return
    }
    let candidates = taken.filter(Self.drawable)
    if candidates.isEmpty {
      // Drawn in one format, encoded in another: PNG, GIF, monochrome.
      canvas = Self.nearestDrawable(to: source)
      encoded = Self.nearest(to: canvas, of: taken)
      return
    }
    canvas = Self.choose(source, of: candidates)
    encoded = canvas
  }

  private static func choose(_ source: PixelFormat, of candidates: [PixelFormat]) -> PixelFormat {
    // The same samples under the other of two names.
    if let twin = candidates.first(where: { $0.plainTwin == source.plainTwin }) { return twin }
    if source.isRGB || source.isGray {
      let isDeep = source.bitDepth > 8
      let named = isDeep ? ["yuv420p10le", "yuv420p"] : ["yuv420p", "yuvj420p"]
      for name in named {
        if let format = candidates.first(where: { $0.name == name }) { return format }
      }
    }
    return nearest(to: source, of: candidates)
  }

  static func formats(of encoder: UnsafePointer<AVCodec>) -> [PixelFormat] {
    guard var format = encoder.pointee.pix_fmts else { return [] }
    var result: [PixelFormat] = []
    while format.pointee != AV_PIX_FMT_NONE {
      result.append(PixelFormat.of(format.pointee))
      format += 1
    }
    // JPEG is full range; its encoder lists the other formats but refuses them.
    if encoder.pointee.id == AV_CODEC_ID_MJPEG {
      let full = result.filter(\.isFullRangeTwin)
      if !full.isEmpty { return full }
    }
    return result
  }

  /// What `Overlay` can draw into.
  static func drawable(_ format: PixelFormat) -> Bool {
    switch format.layout {
    case .planarYUV, .semiPlanarYUV: format.bitDepth <= 16
    case .gray, .rgb, .other: false
    }
  }

  private static func nearestDrawable(to source: PixelFormat) -> PixelFormat {
    let names = [
      "yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le",
      "yuv444p12le", "yuv444p16le",
    ]
    return nearest(to: source, of: names.compactMap { PixelFormat(name: $0) })
  }

  private static func nearest(to source: PixelFormat, of candidates: [PixelFormat]) -> PixelFormat {
    var list = candidates.map(\.av) + [AV_PIX_FMT_NONE]
    let best = avcodec_find_best_pix_fmt_of_list(&list, source.av, 0, nil)
    return best == AV_PIX_FMT_NONE ? candidates[0] : PixelFormat.of(best)
  }
}
