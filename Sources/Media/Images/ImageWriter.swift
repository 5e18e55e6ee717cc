import CFFmpeg

/// Writes single pictures.
public enum ImageWriter {
  /// Writes packed 8-bit RGB, rows of `3 * width` bytes, as a PNG; replaces what is there.
  public static func writePNG(
    rgb: UnsafePointer<UInt8>, width: Int, height: Int, to path: String
  ) throws {}
}
