import Glibc

/// The file that a name leads to, whatever links, dots or `file:` URL it goes by; also a file that
/// is yet to be made. Two names with the same identity must not be read and written, or written
/// twice, by one job.
public enum FileIdentity: Hashable, Sendable {
  case existing(device: UInt64, inode: UInt64)
  /// A name in a folder, where nothing is yet.
  case future(device: UInt64, folder: UInt64, name: String)

  /// nil for what is no file of its own: "-", a URL, a device or pipe, a name in no folder.
  public init?(_ name: String) {
    guard name != "-" else { return nil }
    let path = localPath(name)
    if let status = FileStatus(path: path) {
      guard status.isRegular else { return nil }
      self = .existing(device: status.device, inode: status.inode)
      return
    }
    let (folder, last) = Self.split(path)
    guard let status = FileStatus(path: folder), status.isFolder, !last.isEmpty else { return nil }
    self = .future(device: status.device, folder: status.inode, name: last)
  }

  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (
      slash == path.startIndex ? "/" : String(path[..<slash]),
      String(path[path.index(after: slash)...])
    )
  }
}

/// The path in a `file:` URL; any other name as it is.
func localPath(_ name: String) -> String {
  guard name.hasPrefix("file:"), FileStatus(path: name) == nil else { return name }
  let rest = name.dropFirst(5)
  return String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
}

/// The files that an input's name means.
public struct InputFiles: Sendable {
  private let identity: FileIdentity?
  private let pattern: NumberedNames?

  public init(_ input: String) {
    identity = FileIdentity(input)
    // A file that is there is no pattern, whatever its name.
    if case .existing = identity { pattern = nil } else { pattern = NumberedNames(pattern: input) }
  }

  /// Writing to `path`, a file or a pattern of pictures, would write to one of them.
  public func include(_ path: String) -> Bool {
    if let identity, identity == FileIdentity(path) { return true }
    guard let pattern else { return false }
    return pattern.mayMeet(localPath(path))
  }

  /// Pictures numbered in `folder` from 0 (`000000.png`) would be written over some of them.
  public func includeNumbered(in folder: String, suffix: String) -> Bool {
    include("\(folder)/%06d\(suffix)") || include("\(folder)/000000\(suffix)")
  }
}
