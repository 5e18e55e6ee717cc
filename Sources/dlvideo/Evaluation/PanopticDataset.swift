import Foundation
import Media
import Panoptic

/// A data set (or a set of predictions) in COCO's panoptic format: a JSON file that lists images,
/// segments and categories, and a folder of PNGs whose colours are segment ids.
struct PanopticDataset {
  struct Image {
    /// `image_id`, as text: some data sets number their images, some name them.
    var id: String
    /// The PNG's name in the folder.
    var maskName: String
    /// The picture's own name, where the JSON lists it.
    var pictureName: String?
    var segments: [AnnotatedSegment]
  }

  let path: String
  let folder: String
  let categories: [ClassInfo]
  let images: [Image]

  /// - Throws: `Failure` 66 where the JSON is missing, 65 where it is no such JSON.
  init(json path: String, folder: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      let exists = FileManager.default.fileExists(atPath: path)
      throw Failure(
        exists ? .badInput : .noSuchInput,
        "cannot read \(path): " + (exists ? "it is no readable file" : "No such file or directory"))
    }
    let listing: Listing
    do {
      listing = try JSONDecoder().decode(Listing.self, from: data)
    } catch {
      throw Failure(
        .badInput, "\(path) is not in COCO's panoptic format: \(Self.reason(error))")
    }
    self.path = path
    self.folder = folder
    categories = (listing.categories ?? []).map {
      ClassInfo(id: $0.id, name: $0.name ?? String($0.id), isThing: ($0.isthing ?? 0) != 0)
    }
    let pictureNames = Dictionary(
      (listing.images ?? []).map { ($0.id.text, $0.fileName) }, uniquingKeysWith: { a, _ in a })
    images = try listing.annotations.map { annotation in
      Image(
        id: annotation.imageID.text, maskName: annotation.fileName,
        pictureName: pictureNames[annotation.imageID.text] ?? nil,
        segments: try annotation.segments.map { segment in
          guard let id = UInt32(exactly: segment.id), id > 0, id < 1 << 24 else {
            throw Failure(
              .badInput, "\(path): \(annotation.fileName) has a segment with the id \(segment.id)")
          }
          return AnnotatedSegment(
            id: id, category: segment.categoryID, isCrowd: (segment.iscrowd ?? 0) != 0)
        })
    }
  }

  /// The ids of every pixel of one image's PNG.
  func labels(of image: Image) throws -> LabelMap {
    let picture = try RGBPicture(folder + "/" + image.maskName)
    let ids = picture.withBytes { bytes in
      (0..<picture.width * picture.height).map { pixel in
        PanopticID.id(
          RGBColor(red: bytes[3 * pixel], green: bytes[3 * pixel + 1], blue: bytes[3 * pixel + 2]))
      }
    }
    return LabelMap(
      width: picture.width, height: picture.height, ids: ids, segments: image.segments)
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      "\"\(key.stringValue)\" is missing" + place(context)
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "a value has the wrong type" + place(context)
    default: "it is no JSON"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? "." + $0.stringValue }
    return path.isEmpty ? "" : " at " + path.joined().drop { $0 == "." }
  }
}

/// The parts of the JSON that matter here.
private struct Listing: Decodable {
  struct Image: Decodable {
    var id: ImageID
    var fileName: String?

    enum CodingKeys: String, CodingKey {
      case id
      case fileName = "file_name"
    }
  }
  struct Annotation: Decodable {
    var imageID: ImageID
    var fileName: String
    var segments: [Segment]

    enum CodingKeys: String, CodingKey {
      case imageID = "image_id"
      case fileName = "file_name"
      case segments = "segments_info"
    }
  }
  struct Segment: Decodable {
    var id: Int
    var categoryID: Int
    var iscrowd: Int?

    enum CodingKeys: String, CodingKey {
      case id, iscrowd
      case categoryID = "category_id"
    }
  }
  struct Category: Decodable {
    var id: Int
    var name: String?
    var isthing: Int?
  }

  var images: [Image]?
  var annotations: [Annotation]
  var categories: [Category]?
}

private struct ImageID: Decodable {
  var text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    text =
      if let number = try? container.decode(Int.self) { String(number) } else {
        try container.decode(String.self)
      }
  }
}

/// A picture file as packed RGB in its own size.
struct RGBPicture {
  let width: Int
  let height: Int
  private let bytes: [UInt8]

  init(_ path: String) throws {
    let reader = try MediaReader(path)
    let frame = VideoFrame()
    guard try reader.read(into: frame) else {
      throw Failure(.badInput, "cannot read \(path): there is no picture in it")
    }
    (width, height) = (frame.width, frame.height)
    let scaler = PictureScaler(width: width, height: height)
    bytes = try [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
      try scaler.scaleRGB(frame, orientation: .upright, into: buffer.baseAddress!)
      count = 3 * frame.width * frame.height
    }
  }

  func withBytes<T>(_ body: (UnsafeBufferPointer<UInt8>) throws -> T) rethrows -> T {
    try bytes.withUnsafeBufferPointer(body)
  }
}
