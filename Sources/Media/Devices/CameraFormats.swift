/// The formats that FFmpeg reads from cameras (its table in libavdevice/v4l2-common.c, which it does
/// not publish), by the four characters that Video4Linux knows them by.
///
/// The list must be true: asked for a format that it does not know, FFmpeg takes the first one that
/// the camera accepts, without a word.
enum CameraFormats {
  /// FFmpeg's name; nil where it does not read the format.
  static func name(ofFourCC fourCC: String) -> String? { names[fourCC] }

  private static let names: [String: String] = [
    // Compressed.
    "MJPG": "mjpeg", "JPEG": "mjpeg", "H264": "h264", "MPG4": "mpeg4",
    // Luma and chroma, packed, planar, half planar.
    "YUYV": "yuyv422", "UYVY": "uyvy422", "422P": "yuv422p", "YU12": "yuv420p", "NV12": "nv12",
    "411P": "yuv411p", "YUV9": "yuv410p",
    // Grey.
    "GREY": "gray", "Y16 ": "gray16le",
    // Red, green, blue.
    "RGB3": "rgb24", "BGR3": "bgr24", "RGBP": "rgb565le", "RGBR": "rgb565be", "RGBO": "rgb555le",
    "RGBQ": "rgb555be", "XR24": "bgr0", "BX24": "0rgb", "AR24": "bgra", "BA24": "argb",
    // A sensor's own.
    "BA81": "bayer_bggr8", "GBRG": "bayer_gbrg8", "GRBG": "bayer_grbg8", "RGGB": "bayer_rggb8",
  ]
}
