import CFFmpeg

extension VideoFrame {
  /// A frame with zeroed buffers of its own, or nil when FFmpeg has no such pixel format or memory.
  ///
  /// `pixelFormatName` is FFmpeg's ("yuv420p10le"); rows are padded as FFmpeg pads them.
  package static func allocate(
    width: Int, height: Int, pixelFormatName: String, isFullRange: Bool = false
  ) -> VideoFrame? {
    let format = av_get_pix_fmt(pixelFormatName)
    guard format != AV_PIX_FMT_NONE else { return nil }
    let frame = VideoFrame()
    frame.pointer.pointee.width = Int32(width)
    frame.pointer.pointee.height = Int32(height)
    frame.pointer.pointee.format = format.rawValue
    frame.pointer.pointee.color_range = isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
    guard av_frame_get_buffer(frame.pointer, 0) >= 0 else { return nil }
    for index in 0..<frame.format.planeCount {
      guard let plane = frame.plane(index) else { continue }
      let isChroma = index == 1 || index == 2
      let rows = isChroma ? -(-height >> frame.format.log2ChromaHeight) : height
      plane.base.initializeMemory(as: UInt8.self, repeating: 0, count: rows * plane.bytesPerRow)
    }
    return frame
  }
}
