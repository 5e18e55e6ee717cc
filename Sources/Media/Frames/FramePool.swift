import CFFmpeg

/// Buffers for pictures of one size and format, used again and again: after the first few frames
/// nothing is allocated. Safe to use from several threads.
final class FramePool: @unchecked Sendable {
  let width: Int
  let height: Int
  let format: PixelFormat
  private var pool: OpaquePointer?

  /// Rows begin on multiples of this, which is as wide as a vector register gets.
  private static let alignment: Int32 = 64

  init(width: Int, height: Int, format: PixelFormat) throws {
    self.width = width
    self.height = height
    self.format = format
    let size = av_image_get_buffer_size(
      format.av, Int32(width), Int32(height), Self.alignment)
    guard size > 0 else {
      throw MediaError.wrongOption(
        what: "pictures of \(width)x\(height) \(format.name) cannot be held", advice: "")
    }
    // SIMD code may touch a vector past the last sample.
    pool = try checkedPointer(.allocateBuffer, "a picture pool") {
      av_buffer_pool_init(Int(size) + 2 * Int(Self.alignment), nil)
    }
  }

  deinit {
    av_buffer_pool_uninit(&pool)
  }

  func fits(_ frame: VideoFrame) -> Bool {
    frame.width == width && frame.height == height
      && frame.pointer.pointee.format == format.rawValue
  }

  /// Gives an empty frame samples of its own.
  func fill(_ frame: VideoFrame) throws {
    av_frame_unref(frame.pointer)
    let pointer = frame.pointer
    let buffer = try checkedPointer(.allocateBuffer, "a picture's buffer") {
      av_buffer_pool_get(pool)
    }
    pointer.pointee.buf.0 = buffer
    pointer.pointee.width = Int32(width)
    pointer.pointee.height = Int32(height)
    pointer.pointee.format = format.rawValue
    withUnsafeMutablePointer(to: &pointer.pointee.data) { data in
      withUnsafeMutablePointer(to: &pointer.pointee.linesize) { lines in
        _ = data.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 8) { data in
          lines.withMemoryRebound(to: Int32.self, capacity: 8) { lines in
            av_image_fill_arrays(
              data, lines, buffer.pointee.data, format.av, Int32(width), Int32(height),
              Self.alignment)
          }
        }
      }
    }
    pointer.pointee.extended_data = UnsafeMutableRawPointer(pointer).assumingMemoryBound(
      to: UnsafeMutablePointer<UInt8>?.self)
    frame.pool = self
  }

  /// Swaps shared samples for a private copy of them.
  func replaceSamples(of frame: VideoFrame) throws {
    let copy = VideoFrame()
    try fill(copy)
    try check(.copyProperties, "copying a picture's properties") {
      av_frame_copy_props(copy.pointer, frame.pointer)
    }
    try check(.copyFrame, "copying a picture") { av_frame_copy(copy.pointer, frame.pointer) }
    av_frame_unref(frame.pointer)
    av_frame_move_ref(frame.pointer, copy.pointer)
  }
}
