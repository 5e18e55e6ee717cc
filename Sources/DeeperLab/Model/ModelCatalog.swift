import Foundation

/// Finds model files: by path, or by name among those that come with the program.
public enum ModelCatalog {
  public static let defaultName = "camvid-lite"
  private static let suffix = ".safetensors"

  /// The path of a model.
  ///
  /// - Parameter model: nil for the default; the path of a file; else a name, looked for in the
  ///   program's folders.
  public static func locate(_ model: String?) throws -> String {
    let wanted = model ?? defaultName
    if FileManager.default.fileExists(atPath: wanted) { return wanted }
    if wanted.contains("/") || wanted.hasSuffix(suffix) {
      let folder = (wanted as NSString).deletingLastPathComponent
      throw ModelError.notFound(name: wanted, searched: [folder.isEmpty ? "." : folder])
    }
    let folders = self.folders
    for folder in folders {
      let path = "\(folder)/\(wanted)\(suffix)"
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    throw ModelError.notFound(name: wanted, searched: folders)
  }

  /// Names of the models that come with the program.
  public static var names: [String] {
    let files = folders.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }
    return Set(files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) })
      .sorted()
  }

  /// Where models lie: beside the executable as the package manager builds it, and under the
  /// prefix that it was installed to (PREFIX/bin/dlvideo, PREFIX/share/dlvideo/models).
  static var folders: [String] {
    let executable =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    let bin = (executable as NSString).deletingLastPathComponent
    let prefix = (bin as NSString).deletingLastPathComponent
    return ["\(bin)/dlvideo_DeeperLab.resources/models", "\(prefix)/share/dlvideo/models"]
  }
}
