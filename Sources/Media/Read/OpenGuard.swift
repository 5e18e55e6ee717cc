import CFFmpeg

/// Watches what a network playlist opens: nothing on hosts that the user did not name.
///
/// The protocols are limited by FFmpeg's own whitelist; hosts it cannot limit, so every nested
/// opening passes through here. (Redirects are followed inside FFmpeg's HTTP and do not.)
final class OpenGuard {
  private let hosts: Set<String>
  private let original:
    @convention(c) (
      UnsafeMutablePointer<AVFormatContext>?,
      UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?,
      UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<OpaquePointer?>?
    ) -> Int32
  /// The last address that was refused.
  private(set) var refused: String?

  /// Lives as long as `context` is open.
  init?(_ context: UnsafeMutablePointer<AVFormatContext>, hosts: Set<String>) {
    guard let original = context.pointee.io_open else { return nil }
    self.hosts = hosts
    self.original = original
    context.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
    context.pointee.io_open = { format, result, url, flags, options in
      guard let format, let url, let object = format.pointee.opaque else { return ff_averror(13) }
      return Unmanaged<OpenGuard>.fromOpaque(object).takeUnretainedValue()
        .open(format, result, url, flags, options)
    }
  }

  private func open(
    _ format: UnsafeMutablePointer<AVFormatContext>,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?,
    _ url: UnsafePointer<CChar>, _ flags: Int32, _ options: UnsafeMutablePointer<OpaquePointer?>?
  ) -> Int32 {
    let address = String(cString: url)
    let wanted = host(ofURL: address)
    if !wanted.isEmpty && !hosts.contains(wanted) {
      refused = address
      return ff_averror(13)
    }
    return original(format, result, url, flags, options)
  }
}
