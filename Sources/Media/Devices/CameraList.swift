import CFFmpeg
import Glibc

/// A camera and what it offers.
public struct Camera: Sendable, Equatable {
  public struct Size: Sendable, Hashable {
    public var width: Int
    public var height: Int
    /// The largest size where the driver takes any size from `width` x `height` on; else the same.
    public var largestWidth: Int
    public var largestHeight: Int
    /// Frames a second, highest first; empty where the driver does not say.
    public var rates: [Rational]

    public init(
      width: Int, height: Int, largestWidth: Int, largestHeight: Int, rates: [Rational]
    ) {
      self.width = width
      self.height = height
      self.largestWidth = largestWidth
      self.largestHeight = largestHeight
      self.rates = rates
    }

    func admits(_ width: Int, _ height: Int) -> Bool {
      (self.width...max(self.width, largestWidth)).contains(width)
        && (self.height...max(self.height, largestHeight)).contains(height)
    }
  }
  public struct Format: Sendable, Hashable {
    /// The name for `?format=`, FFmpeg's ("yuyv422", "mjpeg"); nil: FFmpeg does not read it.
    public var name: String?
    public var fourCC: String
    /// The driver's own words.
    public var detail: String
    public var sizes: [Size]

    public init(name: String?, fourCC: String, detail: String, sizes: [Size]) {
      self.name = name
      self.fourCC = fourCC
      self.detail = detail
      self.sizes = sizes
    }
  }
  /// "/dev/video0"
  public var path: String
  /// The driver's name for it.
  public var name: String
  public var driver: String
  public var formats: [Format]
  /// The size that it is set to now, which it keeps unless another is asked for.
  public var width: Int
  public var height: Int

  public init(
    path: String, name: String, driver: String, formats: [Format], width: Int, height: Int
  ) {
    self.path = path
    self.name = name
    self.driver = driver
    self.formats = formats
    self.width = width
    self.height = height
  }

  /// What can be read: formats, sizes and rates.
  public var readable: [Format] { formats.filter { $0.name != nil } }

  /// All that can be read in a line; formats of the same sizes and rates are told together.
  public var offer: String {
    var groups: [(names: [String], sizes: [Size])] = []
    for format in formats {
      guard let name = format.name else { continue }
      if let index = groups.firstIndex(where: { $0.sizes == format.sizes }) {
        if !groups[index].names.contains(name) { groups[index].names.append(name) }
      } else {
        groups.append(([name], format.sizes))
      }
    }
    if groups.isEmpty { return "nothing that can be read" }
    return groups.map { group in
      let sizes = group.sizes.prefix(12).map(\.description)
      return group.names.joined(separator: ", ")
        + (sizes.isEmpty ? "" : ": " + sizes.joined(separator: ", "))
    }.joined(separator: "; ")
  }
}

extension Camera.Size: CustomStringConvertible {
  /// "640x480 at 30/15 fps", "16x16...1920x1080".
  public var description: String {
    let rates = rates.map(\.inWords)
    let upTo = largestWidth > width ? "...\(largestWidth)x\(largestHeight)" : ""
    return "\(width)x\(height)\(upTo)"
      + (rates.isEmpty ? "" : " at \(rates.joined(separator: "/")) fps")
  }
}

/// The cameras of this machine, asked through Video4Linux.
public enum CameraList {
  /// All devices `/dev/video*` that capture pictures, in order of their numbers.
  public static func cameras() -> [Camera] {
    guard let stream = opendir("/dev") else { return [] }
    defer { closedir(stream) }
    var numbers: [Int] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix("video"), let number = Int(name.dropFirst(5)) { numbers.append(number) }
    }
    return numbers.sorted().compactMap { camera(at: "/dev/video\($0)") }
  }

  /// The camera at a path; nil where there is none or it cannot be asked.
  public static func camera(at path: String) -> Camera? {
    let device = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard device >= 0 else { return nil }
    defer { close(device) }
    var info = dlv_camera()
    guard dlv_camera_query(device, &info) == 0 else { return nil }
    return Camera(
      path: path, name: text(&info.card), driver: text(&info.driver),
      formats: formats(of: device), width: Int(info.width), height: Int(info.height))
  }

  /// Whether a device can be opened and captures no pictures.
  static func isSomethingElse(_ path: String) -> Bool {
    let device = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard device >= 0 else { return false }
    defer { close(device) }
    var info = dlv_camera()
    return dlv_camera_query(device, &info) != 0
  }

  private static func formats(of device: Int32) -> [Camera.Format] {
    var result: [Camera.Format] = []
    var format = dlv_camera_format()
    // Drivers end their lists with an error; the limits are for those that do not.
    for index in 0..<UInt32(64) {
      guard dlv_camera_format_at(device, index, &format) == 0 else { break }
      let code = format.fourcc
      // The highest bit says "big endian".
      let fourCC =
        String(
          decoding: (0..<4).map { UInt8(truncatingIfNeeded: code >> ($0 * 8)) & 0x7F },
          as: UTF8.self) + (code >> 31 == 1 ? "-BE" : "")
      result.append(
        .init(
          name: CameraFormats.name(ofFourCC: fourCC), fourCC: fourCC,
          detail: text(&format.description), sizes: sizes(of: device, fourCC: code)))
    }
    return result
  }

  private static func sizes(of device: Int32, fourCC: UInt32) -> [Camera.Size] {
    var result: [Camera.Size] = []
    var size = dlv_camera_size()
    for index in 0..<UInt32(128) {
      guard dlv_camera_size_at(device, fourCC, index, &size) == 0 else { break }
      result.append(
        .init(
          width: Int(size.width), height: Int(size.height),
          largestWidth: Int(size.max_width), largestHeight: Int(size.max_height),
          rates: rates(of: device, fourCC: fourCC, size)))
      if size.is_range != 0 { break }
    }
    return result
  }

  private static func rates(
    of device: Int32, fourCC: UInt32, _ size: dlv_camera_size
  ) -> [Rational] {
    var result: [Rational] = []
    var interval = dlv_camera_interval()
    for index in 0..<UInt32(64) {
      guard
        dlv_camera_interval_at(device, fourCC, size.width, size.height, index, &interval) == 0,
        interval.is_range == 0
      else { break }
      var num: Int32 = 0
      var den: Int32 = 0
      av_reduce(&num, &den, Int64(interval.denominator), Int64(interval.numerator), 1_000_000)
      result.append(Rational(num, den))
    }
    return result.sorted { $0.value > $1.value }
  }

  /// A C string in a fixed array.
  private static func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
