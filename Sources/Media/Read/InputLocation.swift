import CFFmpeg
import Glibc

/// What an input's name means, looked at before FFmpeg sees it: so that a missing file, a folder
/// or an empty file is told as what it is, and a name cannot be taken for a protocol.
enum InputLocation: Equatable {
  case file(path: String)
  /// Numbered pictures, `frames/%06d.png`, beginning with `firstNumber`.
  case pictures(pattern: String, firstNumber: Int)
  case standardInput
  case camera(CameraRequest)
  /// A graph of FFmpeg's filters that makes pictures out of nothing.
  case graph(String)
  case url(String, scheme: String, host: String)

  init(_ input: String) throws(MediaError) {
    if input == "-" {
      self = .standardInput
    } else if let request = try CameraRequest(input: input) {
      self = .camera(request)
    } else if let status = FileStatus(path: input) {
      self = .file(path: input)
      try status.refuseUnreadable(input)
    } else if input.hasPrefix("lavfi:") {
      self = .graph(String(input.dropFirst(6)))
    } else if let path = Self.path(ofFileURL: input) {
      guard let status = FileStatus(path: path) else {
        throw .noSuchInput(input: input, reason: posixMessage(ENOENT))
      }
      self = .file(path: path)
      try status.refuseUnreadable(input)
    } else if let scheme = Self.scheme(of: input) {
      self = .url(input, scheme: scheme, host: host(ofURL: input))
    } else if let pattern = NumberedNames(pattern: input) {
      guard let first = pattern.lowestNumber() else {
        throw .noSuchInput(input: input, reason: "no file has a name of this pattern")
      }
      self = .pictures(pattern: input, firstNumber: first)
    } else {
      throw .noSuchInput(input: input, reason: posixMessage(errno == 0 ? ENOENT : errno))
    }
  }

  /// What FFmpeg is given to open.
  var url: String {
    switch self {
    case .file(let path), .pictures(let path, _): "file:" + path
    case .standardInput: "pipe:0"
    case .camera(let request): request.device
    case .graph(let graph): graph
    case .url(let url, _, _): url
    }
  }

  /// The demuxer that reads it, where that is certain.
  var demuxer: String? {
    switch self {
    case .camera: "v4l2"
    case .graph: "lavfi"
    case .pictures: "image2"
    default: nil
    }
  }

  /// Comes in its own time and cannot be waited for.
  var isLiveByNature: Bool {
    switch self {
    case .camera: return true
    case .url(_, let scheme, _):
      return ["rtsp", "rtsps", "rtp", "udp", "udplite", "srt", "sctp", "mmst", "mmsh"]
        .contains(scheme) || scheme.hasPrefix("rtmp")
    default: return false
    }
  }

  var isCamera: Bool {
    if case .camera = self { return true }
    return false
  }

  var isNetwork: Bool {
    guard case .url(_, let scheme, _) = self else { return false }
    return !["concat", "subfile", "data", "cache", "async", "crypto"].contains(scheme)
  }

  private static func path(ofFileURL input: String) -> String? {
    guard input.hasPrefix("file:") else { return nil }
    let rest = input.dropFirst(5)
    return String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
  }

  /// `scheme:` at the beginning, in lower case.
  static func scheme(of input: String) -> String? {
    guard let colon = input.firstIndex(of: ":"), colon > input.startIndex else { return nil }
    let scheme = input[..<colon]
    guard scheme.first!.isLetter,
      scheme.utf8.allSatisfy({ c in
        (97...122).contains(c | 0x20) || (48...57).contains(c) || c == 43 || c == 45 || c == 46
      })
    else { return nil }
    return scheme.lowercased()
  }
}

/// The host named in a URL, "" where there is none.
func host(ofURL url: String) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { host in
    av_url_split(nil, 0, nil, 0, host.baseAddress, 1024, nil, nil, 0, url)
    return String(cString: host.baseAddress!).lowercased()
  }
}

/// What the file system knows of a path.
struct FileStatus {
  let mode: mode_t
  let size: Int64
  let device: UInt64
  let inode: UInt64

  /// nil where there is nothing.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    mode = status.st_mode
    size = Int64(status.st_size)
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  var isFolder: Bool { mode & S_IFMT == S_IFDIR }
  var isRegular: Bool { mode & S_IFMT == S_IFREG }

  func refuseUnreadable(_ input: String) throws(MediaError) {
    if isFolder {
      throw .unreadable(
        input: input, reason: "it is a folder",
        advice: "name a file in it, or a pattern such as \(input)/%06d.png")
    }
    if isRegular && size == 0 {
      throw .unreadable(input: input, reason: "the file is empty", advice: "")
    }
  }
}

/// File names that differ in one number, written as `name%06d.png`.
struct NumberedNames {
  private let folder: String
  private let prefix: String
  private let suffix: String

  init?(pattern: String) {
    let slash = pattern.lastIndex(of: "/")
    let name = slash.map { pattern[pattern.index(after: $0)...] } ?? pattern[...]
    folder = slash.map { String(pattern[...$0]) } ?? "./"
    guard let percent = name.firstIndex(of: "%") else { return nil }
    let digits = name[name.index(after: percent)...].prefix { $0.isNumber }
    guard digits.endIndex < name.endIndex, name[digits.endIndex] == "d" else { return nil }
    prefix = String(name[..<percent])
    suffix = String(name[name.index(after: digits.endIndex)...])
  }

  /// `path`, a name or a pattern, could be one of these names.
  func mayMeet(_ path: String) -> Bool {
    let (place, name) = FileIdentity.split(path)
    guard let mine = FileStatus(path: folder), let other = FileStatus(path: place),
      mine.device == other.device, mine.inode == other.inode
    else { return false }
    if let pattern = NumberedNames(pattern: path) {
      return pattern.prefix == prefix && pattern.suffix == suffix
    }
    return number(of: name) != nil
  }

  /// The number in a file's name, where it is one of these.
  private func number(of name: String) -> Int? {
    guard name.count > prefix.count + suffix.count, name.hasPrefix(prefix), name.hasSuffix(suffix)
    else { return nil }
    return Int(name.dropFirst(prefix.count).dropLast(suffix.count)).flatMap { $0 < 0 ? nil : $0 }
  }

  /// The lowest number, from `least` on, for which there is a file.
  func lowestNumber(from least: Int = 0) -> Int? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var lowest: Int?
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let number = number(of: name), number >= least else { continue }
      lowest = min(lowest ?? number, number)
    }
    return lowest
  }
}
