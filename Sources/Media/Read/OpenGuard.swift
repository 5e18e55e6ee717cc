import CFFmpeg
import Glibc

/// Watches what an input opens besides itself: a network playlist nothing on hosts that the user
/// did not name, a local one nothing outside its own folder.
///
/// The protocols are limited by FFmpeg's own whitelist; hosts and folders it cannot limit, so every
/// nested opening passes through here. Where the address that the user named redirects to is named
/// by that; what a playlist names and is redirected elsewhere is closed unread.
final class OpenGuard {
  private enum Rule {
    case hosts(Set<String>)
    /// Real paths below this one, which ends with a slash.
    case folder(String)
  }
  private typealias Open =
    @convention(c) (
      UnsafeMutablePointer<AVFormatContext>?,
      UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?,
      UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<OpaquePointer?>?
    ) -> Int32

  private var rule: Rule
  private let original: Open
  private var hasOpened = false
  /// The last address that was refused, and where it is.
  private(set) var refused: (address: String, place: String)?

  /// Lives as long as `context` is open; nil where an input opens nothing besides itself.
  init?(
    _ context: UnsafeMutablePointer<AVFormatContext>, for location: InputLocation,
    allowedHosts: [String]
  ) {
    guard let original = context.pointee.io_open else { return nil }
    switch location {
    case .url(_, _, let host) where !host.isEmpty:
      rule = .hosts(Set([host] + allowedHosts.map { $0.lowercased() }))
    case .file(let path):
      guard let folder = Self.realPath(FileIdentity.split(path).folder) else { return nil }
      rule = .folder(folder.hasSuffix("/") ? folder : folder + "/")
    default: return nil
    }
    self.original = original
    context.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
    context.pointee.io_open = { format, result, url, flags, options in
      guard let format, let result, let url, let object = format.pointee.opaque else {
        return ff_averror(EACCES)
      }
      return Unmanaged<OpenGuard>.fromOpaque(object).takeUnretainedValue()
        .open(format, result, url, flags, options)
    }
  }

  private func open(
    _ format: UnsafeMutablePointer<AVFormatContext>,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>,
    _ url: UnsafePointer<CChar>, _ flags: Int32, _ options: UnsafeMutablePointer<OpaquePointer?>?
  ) -> Int32 {
    let address = String(cString: url)
    let isTheInput = !hasOpened
    hasOpened = true
    if !isTheInput, let place = trespass(address) { return refuse(address, place) }
    let code = original(format, result, url, flags, options)
    guard code >= 0, case .hosts(let hosts) = rule, let opened = result.pointee,
      let actual = Self.redirection(of: opened), case let target = host(ofURL: actual),
      !target.isEmpty, !hosts.contains(target)
    else { return code }
    if isTheInput {
      rule = .hosts(hosts.union([target]))
      return code
    }
    avio_closep(result)
    return refuse(actual, Self.otherHost)
  }

  private static let otherHost = "on a host that was not named"

  private func refuse(_ address: String, _ place: String) -> Int32 {
    refused = (address, place)
    return ff_averror(EACCES)
  }

  /// Where an address lies that is not to be opened; nil for one that may be.
  private func trespass(_ address: String) -> String? {
    switch rule {
    case .hosts(let hosts):
      let wanted = host(ofURL: address)
      return wanted.isEmpty || hosts.contains(wanted) ? nil : Self.otherHost
    case .folder(let folder):
      var path = address[...]
      for prefix in ["crypto+", "crypto:", "file:"] where path.hasPrefix(prefix) {
        path = path.dropFirst(prefix.count)
      }
      // What is not there cannot be opened either.
      guard let real = Self.realPath(String(path)) else { return nil }
      return real.hasPrefix(folder) ? nil : "outside its folder"
    }
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// The address that HTTP ended at.
  private static func redirection(of io: UnsafeMutablePointer<AVIOContext>) -> String? {
    var text: UnsafeMutablePointer<UInt8>?
    guard av_opt_get(io, "location", AV_OPT_SEARCH_CHILDREN, &text) >= 0, let text else {
      return nil
    }
    defer { av_free(text) }
    return String(cString: text)
  }
}
