import DeeperLab
import Glibc
import Media

/// What a command reads and what it is about to write. No file is written that is read, or written
/// twice, by whatever names it goes; and without `-y` nothing that is there already. All of it is
/// looked at before any work, and nothing is created by looking.
struct FileClaims {
  private let input: String
  private let inputFiles: InputFiles
  private let overwrites: Bool
  private var read: [FileIdentity: String] = [:]
  private var written: [FileIdentity: String] = [:]

  /// - Parameter model: as `--model` names it.
  init(input: String, alsoReads others: [String] = [], model: String?, overwrites: Bool) {
    self.input = input
    self.overwrites = overwrites
    inputFiles = InputFiles(input)
    for path in others + [try? ModelCatalog.locate(model)].compactMap({ $0 }) {
      if let identity = FileIdentity(path) { read[identity] = path }
    }
  }

  /// - Parameter mayBeEmpty: a file without content counts as not there.
  /// - Throws: `Failure` 64 where the names contradict each other, 73 for what exists already.
  mutating func write(_ path: String?, mayBeEmpty: Bool = true) throws {
    guard let path, path != "-" else { return }
    if inputFiles.include(path) {
      throw Failure(.usage, "\(path) is the input: give the output another name")
    }
    if let identity = FileIdentity(path) {
      if let other = read[identity] {
        throw Failure(.usage, "\(path) is read (\(other)): give the output another name")
      }
      if let other = written.updateValue(path, forKey: identity) {
        throw Failure(.usage, "\(path) and \(other) are one file: give each output its own name")
      }
    }
    try OutputFile.refuseExisting(path, overwrites: overwrites, mayBeEmpty: mayBeEmpty)
  }

  /// A folder of numbered pictures and their index.
  mutating func write(panopticFolder path: String?) throws {
    guard let path else { return }
    try write(path + "/" + PanopticFolder.indexName)
    if inputFiles.includeNumbered(in: path, suffix: PanopticFolder.suffix) {
      throw Failure(.usage, "the input's pictures are in \(path): give --panoptic another folder")
    }
    if !overwrites, let picture = PanopticFolder.firstPicture(in: path) {
      throw Failure(
        .cannotCreateOutput, "\(picture) exists already; use -y to overwrite it, or another folder")
    }
  }
}
