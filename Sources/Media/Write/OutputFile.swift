import CFFmpeg
import Glibc

/// Where an output goes, and what may be done there. Looking at it creates nothing.
struct OutputFile {
  enum Kind: Equatable {
    case file(path: String)
    /// One file a picture, `frames/%06d.png`.
    case pictures(pattern: String)
    case standardOutput
    case url(String)
  }

  let name: String
  let kind: Kind

  init(_ output: String) {
    name = output
    if output == "-" {
      kind = .standardOutput
    } else if output.hasPrefix("file:") {
      let rest = output.dropFirst(5)
      kind = Self.local(String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest))
    } else if let scheme = InputLocation.scheme(of: output), FileStatus(path: output) == nil,
      Self.isProtocol(output, scheme)
    {
      kind = .url(output)
    } else {
      kind = Self.local(output)
    }
  }

  private static func local(_ path: String) -> Kind {
    NumberedNames(pattern: path) == nil ? .file(path: path) : .pictures(pattern: path)
  }

  private static func isProtocol(_ url: String, _ scheme: String) -> Bool {
    // RTSP and RTP are muxers, not protocols.
    ["rtsp", "rtsps", "rtp"].contains(scheme) || avio_find_protocol_name(url) != nil
  }

  /// What FFmpeg is given.
  var url: String {
    switch kind {
    // With a folder, so that what lies beside it (segments) is not named "file:..." in it.
    case .file(let path), .pictures(let path): "file:" + (path.contains("/") ? path : "./" + path)
    case .standardOutput: "pipe:1"
    case .url(let url): url
    }
  }

  /// Refuses what must not or cannot be written, before anything is made.
  func check(input: String, overwrites: Bool) throws {
    let path: String
    switch kind {
    case .standardOutput, .url: return
    case .file(let file): path = file
    case .pictures(let pattern): path = pattern
    }
    if path.isEmpty {
      throw MediaError.wrongOption(what: "the output has no name", advice: "")
    }
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) }
    guard let status = FileStatus(path: folder ?? "."), status.isFolder else {
      throw MediaError.cannotCreate(
        output: name, reason: "there is no folder \(folder ?? ".")", advice: "make it first")
    }
    if InputFiles(input).include(path) {
      throw MediaError.cannotCreate(
        output: name, reason: "it is the input itself", advice: "write to another file")
    }
    if case .pictures = kind {
      if !overwrites, NumberedNames(pattern: path)?.lowestNumber() != nil {
        throw MediaError.cannotCreate(
          output: name, reason: "files of this pattern exist already",
          advice: "-y overwrites them")
      }
      return
    }
    guard let existing = FileStatus(path: path) else { return }
    if existing.isFolder {
      throw MediaError.cannotCreate(output: name, reason: "it is a folder", advice: "")
    }
    if existing.isRegular && !overwrites {
      throw MediaError.cannotCreate(
        output: name, reason: "the file exists already", advice: "-y replaces it")
    }
  }

  /// Takes away what was written, where it is a file of its own.
  func remove() {
    if case .file(let path) = kind { Self.removeIfRegular(path) }
  }

  static func removeIfRegular(_ path: String) {
    if FileStatus(path: path)?.isRegular == true { unlink(path) }
  }

  /// What a person can do about an `errno` of writing.
  static func advice(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT: "make room or write elsewhere"
    case EPIPE: "whoever read it has gone away"
    case EACCES, EPERM, EROFS: "choose a folder that you may write to"
    default: ""
    }
  }

  func cannotCreate(_ code: Int32) -> MediaError {
    if code == ff_averror_protocol_not_found {
      return .wrongOption(what: "this FFmpeg cannot write to \(name)", advice: "")
    }
    return .cannotCreate(
      output: name, reason: ffmpegMessage(code), advice: Self.advice(-code))
  }

  func writeFailed(_ code: Int32) -> MediaError {
    .writeFailed(output: name, reason: ffmpegMessage(code), advice: Self.advice(-code))
  }
}
