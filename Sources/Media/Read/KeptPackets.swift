import CFFmpeg

/// Packets of other streams that came before anybody wanted them: the newest few.
final class KeptPackets {
  private var packets: [(packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational)] = []
  private var bytes = 0
  private(set) var dropped = 0

  private static let countLimit = 4096
  private static let byteLimit = 32 << 20

  deinit { removeAll() }

  /// Takes over the packet's data.
  func keep(_ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational) throws {
    let kept = try checkedPointer(.referencePacket, "keeping a packet") { av_packet_alloc() }
    bytes += Int(packet.pointee.size)
    av_packet_move_ref(kept, packet)
    packets.append((kept, timeBase))
    while packets.count > Self.countLimit || bytes > Self.byteLimit {
      discard(packets.removeFirst().packet)
      dropped += 1
    }
  }

  /// Hands everything over, oldest first; what was not handed over when that fails is dropped.
  func deliver(_ take: (UnsafeMutablePointer<AVPacket>, AVRational) throws -> Void) rethrows {
    defer { removeAll() }
    for (packet, timeBase) in packets { try take(packet, timeBase) }
  }

  private func discard(_ packet: UnsafeMutablePointer<AVPacket>) {
    bytes -= Int(packet.pointee.size)
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    av_packet_free(&packet)
  }

  private func removeAll() {
    for (packet, _) in packets {
      var packet: UnsafeMutablePointer<AVPacket>? = packet
      av_packet_free(&packet)
    }
    packets = []
    bytes = 0
  }
}
