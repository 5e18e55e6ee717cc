import Glibc

/// Checks of the output's name that need no work: what is there already is not overwritten
/// without `-y`, and never the input.
struct OutputPath {
  let path: String

  init(_ path: String) { self.path = path }

  func check(input: String, overwrites: Bool) throws {
    guard path != "-" else { return }
    var output = stat()
    var source = stat()
    if stat(path, &output) == 0, stat(input, &source) == 0, output.st_dev == source.st_dev,
      output.st_ino == source.st_ino, output.st_mode & S_IFMT == S_IFREG
    {
      throw Failure(.usage, "\(path) is the input: give -o another name")
    }
    try OutputFile.refuseExisting(path, overwrites: overwrites, mayBeEmpty: false)
  }
}
