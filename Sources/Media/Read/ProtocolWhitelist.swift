extension InputLocation {
  /// The protocols that FFmpeg may use for this input: what its user named and what that is made
  /// of. A playlist from the network opens no local file; a local playlist opens no host.
  var protocolWhitelist: String {
    switch self {
    case .file, .pictures: return "file,crypto,data"
    case .standardInput: return "pipe,crypto,data"
    case .camera: return "file"
    case .graph: return "file,crypto,data"
    case .url(_, let scheme, _):
      switch scheme {
      case "http", "https", "httpproxy": return "http,https,httpproxy,tcp,tls,crypto,data"
      case "hls+http", "hls+https", "hls+file": return "http,https,tcp,tls,crypto,data"
      case "rtsp", "rtsps": return "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,crypto,data"
      case "rtp", "srtp": return "rtp,srtp,udp,udplite,crypto,data"
      case "udp", "udplite": return "udp,udplite,crypto,data"
      case "concat", "subfile", "async", "cache": return "\(scheme),file,crypto,data"
      case _ where scheme.hasPrefix("rtmp"):
        return "rtmp,rtmpe,rtmps,rtmpt,rtmpte,rtmpts,ffrtmpcrypt,ffrtmphttp,tcp,tls,http,https"
      default: return "\(scheme),tcp,udp,tls,crypto,data"
      }
    }
  }
}
