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

    func admits(_ width: Int, _ height: Int) -> Bool {
      (self.width...max(self.width, largestWidth)).contains(width)
        && (self.height...max(self.height, largestHeight)).contains(height)
    }
  }
  public struct Format: Sendable, Hashable {
    /// The name for `?format=`: FFmpeg's ("yuyv422", "mjpeg"), else the fourcc.
    public var name: String
    public var fourCC: String
    /// The driver's own words.
    public var detail: String
    public var sizes: [Size]
  }
  /// "/dev/video0"
  public var path: String
  /// The driver's name for it.
  public var name: String
  public var driver: String
  public var formats: [Format]

  /// All formats, sizes and rates in a line.
  public var offer: String {
    formats.map { format in
      let sizes = format.sizes.prefix(12).map { size in
        let rates = size.rates.map { $0.den == 1 ? String($0.num) : String($0.value) }
        let upTo =
          size.largestWidth > size.width ? "...\(size.largestWidth)x\(size.largestHeight)" : ""
        return "\(size.width)x\(size.height)\(upTo)"
          + (rates.isEmpty ? "" : " at \(rates.joined(separator: "/")) fps")
      }
      return "\(format.name): \(sizes.joined(separator: ", "))"
    }.joined(separator: "; ")
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
      formats: formats(of: device))
  }

  private static func formats(of device: Int32) -> [Camera.Format] {
    var result: [Camera.Format] = []
    var format = dlv_camera_format()
    // Drivers end their lists with an error; the limits are for those that do not.
    for index in 0..<UInt32(64) {
      guard dlv_camera_format_at(device, index, &format) == 0 else { break }
      let code = format.fourcc
      let fourCC = String(
        decoding: (0..<4).map { UInt8(truncatingIfNeeded: code >> ($0 * 8)) & 0x7F },
        as: UTF8.self)
      result.append(
        .init(
          name: ffmpegName(of: code) ?? fourCC.lowercased(), fourCC: fourCC,
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

  /// FFmpeg's name of a Video4Linux format.
  private static func ffmpegName(of code: UInt32) -> String? {
    for entry in fourCCNames
    where entry.0.utf8.enumerated().allSatisfy({
      code >> (UInt32($0.offset) * 8) & 0xFF == UInt32($0.element)
    }) {
      return entry.1
    }
    return nil
  }

  private static let fourCCNames: [(String, String)] = [
    ("YUYV", "yuyv422"), ("UYVY", "uyvy422"), ("YVYU", "yvyu422"), ("MJPG", "mjpeg"),
    ("JPEG", "mjpeg"), ("NV12", "nv12"), ("NV16", "nv16"), ("YU12", "yuv420p"),
    ("422P", "yuv422p"), ("411P", "yuv411p"), ("YUV9", "yuv410p"), ("GREY", "gray"),
    ("RGB3", "rgb24"), ("BGR3", "bgr24"), ("BGR4", "bgr0"), ("RGB4", "0rgb"),
    ("RGBP", "rgb565le"), ("H264", "h264"), ("HEVC", "hevc"), ("VP80", "vp8"), ("VP90", "vp9"),
    ("MPG4", "mpeg4"),
  ]

  /// A C string in a fixed array.
  private static func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
