import CFFmpeg

/// A packet of a stream that is copied, not decoded: audio, subtitles. It owns its data.
public struct OtherPacket: ~Copyable {
  let pointer: UnsafeMutablePointer<AVPacket>
  /// Seconds a tick of the packet's time stamps.
  let timeBase: AVRational

  public var streamIndex: Int { Int(pointer.pointee.stream_index) }
  public var byteCount: Int { Int(pointer.pointee.size) }
  public var timeSeconds: Double? {
    pointer.pointee.pts == ff_nopts ? nil : Double(pointer.pointee.pts) * av_q2d(timeBase)
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = pointer
    av_packet_free(&packet)
  }
}
