import DeeperLab
import Foundation
import Media

/// Some pictures of videos and folders, evenly spread, at the network's size.
struct CalibrationPictures {
  let size: FrameSize
  /// RGB24.
  private(set) var pictures: [[UInt8]] = []

  /// - Throws: `MediaError` or `Failure` where a source cannot be read or has no picture.
  init(
    _ sources: [String], count: Int, model: ModelFile, size wanted: FrameSize?,
    progress: (Int) -> Void
  ) throws {
    let files = Self.spread(try sources.flatMap(Self.files), count)
    let own = FrameSize(width: model.description.inputWidth, height: model.description.inputHeight)
    var size = wanted
    var scaler: PictureScaler?
    for (index, file) in files.enumerated() {
      let share = count * (index + 1) / files.count - count * index / files.count
      let reader = try MediaReader(file)
      let step = max(1, (reader.video.frameCount ?? share) / max(share, 1))
      let frame = VideoFrame()
      var (number, taken) = (0, 0)
      while taken < share, try reader.read(into: frame) {
        defer { number += 1 }
        guard number % step == 0 else { continue }
        let fitted =
          size ?? FrameSize.network(model: own, aspect: Double(frame.width) / Double(frame.height))
        size = fitted
        scaler = scaler ?? PictureScaler(width: fitted.width, height: fitted.height)
        var picture = [UInt8](repeating: 0, count: 3 * fitted.width * fitted.height)
        try picture.withUnsafeMutableBufferPointer {
          try scaler!.scaleRGB(
            frame, orientation: reader.video.orientation, into: $0.baseAddress!)
        }
        pictures.append(picture)
        taken += 1
        progress(pictures.count)
      }
      if taken == 0 { throw Failure(.badInput, "cannot read \(file): there is no picture in it") }
    }
    guard let size, !pictures.isEmpty else {
      throw Failure(.badInput, "there are no pictures in \(sources.joined(separator: ", "))")
    }
    self.size = size
  }

  /// A folder's files by name; anything else is a source as it is.
  private static func files(_ source: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder), isFolder.boolValue
    else { return [source] }
    let pictures: Set = ["png", "jpg", "jpeg", "bmp", "webp", "tif", "tiff", "ppm"]
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: source)) ?? []).sorted()
      .filter { pictures.contains(($0 as NSString).pathExtension.lowercased()) }
    guard !names.isEmpty else { throw Failure(.badInput, "there are no pictures in \(source)") }
    return names.map { source + "/" + $0 }
  }

  private static func spread(_ files: [String], _ count: Int) -> [String] {
    files.count <= count ? files : (0..<count).map { files[$0 * files.count / count] }
  }
}
