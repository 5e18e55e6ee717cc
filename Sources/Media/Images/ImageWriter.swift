import CFFmpeg
import Glibc

/// Writes single pictures.
public enum ImageWriter {
  /// Writes packed 8-bit RGB, rows of `3 * width` bytes, as a PNG; replaces what is there.
  /// - Throws: `MediaError.cannotCreate`, `.writeFailed` (and no file is left).
  public static func writePNG(
    rgb: UnsafePointer<UInt8>, width: Int, height: Int, to path: String
  ) throws {
    try PNGEncoder(width: width, height: height).write(rgb: rgb, to: path)
  }
}

/// Writes PNGs of one size, one after the other, with the same buffers.
public final class PNGEncoder {
  public let width: Int
  public let height: Int
  private let encoder: CodecContext
  private let pool: FramePool
  private let frame = VideoFrame()
  private let packet = Packet()

  public init(width: Int, height: Int) throws {
    self.width = width
    self.height = height
    pool = try FramePool(width: width, height: height, format: PixelFormat.of(AV_PIX_FMT_RGB24))
    guard let codec = avcodec_find_encoder(AV_CODEC_ID_PNG) else {
      throw MediaError.wrongOption(what: "this FFmpeg has no PNG encoder", advice: "")
    }
    encoder = try CodecContext(codec)
    let context = encoder.pointer
    context.pointee.width = Int32(width)
    context.pointee.height = Int32(height)
    context.pointee.pix_fmt = AV_PIX_FMT_RGB24
    context.pointee.time_base = AVRational(num: 1, den: 25)
    context.pointee.thread_count = 1
    try check(.openEncoder, "the PNG encoder") { avcodec_open2(context, codec, nil) }
  }

  /// Writes packed 8-bit RGB, rows of `3 * width` bytes; replaces what is there.
  public func write(rgb: UnsafePointer<UInt8>, to path: String) throws {
    if frame.isEmpty || av_frame_is_writable(frame.pointer) == 0 { try pool.fill(frame) }
    guard let plane = frame.plane(0) else {
      throw MediaError.internalFailure(operation: "writing a PNG", reason: "no memory")
    }
    for y in 0..<height {
      (plane.base + y * plane.bytesPerRow).copyMemory(
        from: rgb + y * 3 * width, byteCount: 3 * width)
    }
    try check(.sendFrame, "encoding \(path)") {
      avcodec_send_frame(encoder.pointer, frame.pointer)
    }
    try check(.receivePacket, "encoding \(path)") {
      avcodec_receive_packet(encoder.pointer, packet.pointer)
    }
    defer { av_packet_unref(packet.pointer) }
    try Self.store(packet, at: path)
  }

  private static func store(_ packet: borrowing Packet, at path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else {
      throw MediaError.cannotCreate(output: path, reason: posixMessage(errno), advice: "")
    }
    var done = 0
    let size = Int(packet.pointer.pointee.size)
    var failure: Int32 = 0
    while done < size {
      let count = Glibc.write(file, packet.pointer.pointee.data + done, size - done)
      if count < 0 {
        if errno == EINTR { continue }
        failure = errno
        break
      }
      done += count
    }
    if close(file) != 0 && failure == 0 { failure = errno }
    if failure != 0 {
      OutputFile.removeIfRegular(path)
      throw MediaError.writeFailed(
        output: path, reason: posixMessage(failure), advice: OutputFile.advice(failure))
    }
  }
}
