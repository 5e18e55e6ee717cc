import CFFmpeg
import Glibc

/// Takes a camera's packets out of the driver's memory.
///
/// What FFmpeg reads from a camera lies in buffers that the driver lends: they must go back before
/// the camera is closed, because they are unmapped then, and the driver has only a few. A picture on
/// its way through the pipeline, when the camera is unplugged, would be read from nowhere. So each
/// is copied (1.8 MB at 1280x720: some 0.2 ms) into memory that is used again and again.
final class CameraPackets {
  private var pool: OpaquePointer?
  private var capacity = 0

  deinit { av_buffer_pool_uninit(&pool) }

  /// Gives `packet` data of its own and the driver its buffer back.
  func detach(_ packet: UnsafeMutablePointer<AVPacket>) throws {
    let size = Int(packet.pointee.size)
    // A damaged picture comes with a size of 0.
    guard size > 0, let source = packet.pointee.data else { return }
    try reserve(size + Int(AV_INPUT_BUFFER_PADDING_SIZE))
    let buffer = try checkedPointer(.allocateBuffer, "a camera's picture") {
      av_buffer_pool_get(pool)
    }
    let copy = buffer.pointee.data!
    memcpy(copy, source, size)
    memset(copy + size, 0, Int(AV_INPUT_BUFFER_PADDING_SIZE))
    av_buffer_unref(&packet.pointee.buf)
    packet.pointee.buf = buffer
    packet.pointee.data = copy
  }

  /// Compressed pictures differ in size: room for a larger one is made with some to spare.
  private func reserve(_ count: Int) throws {
    if count <= capacity { return }
    av_buffer_pool_uninit(&pool)
    capacity = count + count / 4
    pool = try checkedPointer(.allocateBuffer, "a camera's pictures") {
      av_buffer_pool_init(capacity, nil)
    }
  }
}

/// The clocks on which drivers stamp what they capture.
package enum CaptureClock {
  private static let longestAge: Int64 = 10_000_000_000

  /// When a picture was captured, nanoseconds on the monotonic clock.
  ///
  /// Nearly all drivers stamp on the monotonic clock, a few on the wall clock; a stamp that is on
  /// neither (in the future, or older than 10 s) is not believed, and the arrival counts.
  /// - Parameters:
  ///   - microseconds: the driver's time stamp.
  ///   - arrival: when the picture came, nanoseconds on the monotonic clock.
  ///   - wallClock: the same moment, nanoseconds on the wall clock.
  package static func time(
    ofStamp microseconds: Int64, arrival: UInt64, wallClock: UInt64
  ) -> UInt64 {
    let (stamp, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
    if overflow { return arrival }
    for now in [arrival, wallClock] {
      let age = Int64(bitPattern: now) &- stamp
      if (0..<longestAge).contains(age), age < arrival { return arrival - UInt64(age) }
    }
    return arrival
  }
}
