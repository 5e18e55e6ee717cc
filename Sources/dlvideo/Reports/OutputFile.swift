import Glibc

/// A report file (JSON lines, CSV, ...): created before the work begins, written in whole
/// records, with every failure told.
final class OutputFile: @unchecked Sendable {
  let path: String
  private var file: UnsafeMutablePointer<FILE>?

  /// - Throws: `Failure` 73 when the file has content and `overwrites` is false, or when it
  ///   cannot be created.
  init(_ path: String, overwrites: Bool) throws {
    self.path = path
    try Self.refuseExisting(path, overwrites: overwrites, mayBeEmpty: true)
    guard let file = fopen(path, "we") else {
      throw Failure(.cannotCreateOutput, "cannot create \(path): \(lastError)")
    }
    self.file = file
    setvbuf(file, nil, _IOFBF, 1 << 16)
  }

  deinit { if let file { fclose(file) } }

  func write(_ bytes: [UInt8]) throws {
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw failure }
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes what is still buffered and closes.
  func close() throws {
    guard let file else { return }
    self.file = nil
    guard fclose(file) == 0 else { throw failure }
  }

  private var failure: Failure {
    Failure(.writeFailed, "cannot write \(path): \(lastError)")
  }

  /// Refuses a regular file that is there already.
  static func refuseExisting(_ path: String, overwrites: Bool, mayBeEmpty: Bool) throws {
    var info = stat()
    guard !overwrites, stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return }
    if mayBeEmpty && info.st_size == 0 { return }
    throw Failure(
      .cannotCreateOutput, "\(path) exists already; use -y to overwrite it, or another name")
  }
}

/// What the C library says of the last failure.
var lastError: String { String(cString: strerror(errno)) }
