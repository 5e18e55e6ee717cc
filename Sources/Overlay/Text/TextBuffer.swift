/// A line of text put together without allocating: code points up to a fixed capacity, more are
/// cut off.
final class TextBuffer {
  static let capacity = 96

  let codes: UnsafeMutablePointer<UInt16>
  private(set) var count = 0

  init() {
    codes = .allocate(capacity: Self.capacity)
    codes.initialize(repeating: 0, count: Self.capacity)
  }

  deinit { codes.deallocate() }

  /// Code points beyond the first plane have no glyph anyway.
  static func code(_ scalar: Unicode.Scalar) -> UInt16 { UInt16(exactly: scalar.value) ?? 0xFFFD }

  func clear() { count = 0 }

  func append(code: UInt16) {
    guard count < Self.capacity else { return }
    codes[count] = code
    count += 1
  }

  func append(_ text: String) {
    for scalar in text.unicodeScalars { append(code: Self.code(scalar)) }
  }

  /// In decimal, with zeros in front up to `digits`.
  func append(_ number: Int, digits: Int = 1) {
    if number < 0 { append(code: UInt16(UInt8(ascii: "-"))) }
    let magnitude = number.magnitude
    var divisor: UInt = 1
    var places = 1
    while places < digits || magnitude / divisor >= 10 {
      let (next, overflow) = divisor.multipliedReportingOverflow(by: 10)
      if overflow { break }
      divisor = next
      places += 1
    }
    while divisor > 0 {
      append(code: UInt16(48 + magnitude / divisor % 10))
      divisor /= 10
    }
  }

  /// Rounded to `decimals` digits behind the point; a dash when not a number of sensible size.
  func append(_ number: Double, decimals: Int) {
    guard abs(number) < 1e12 else {
      append(code: 0x2013)
      return
    }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int((abs(number) * Double(scale)).rounded())
    if number < 0 && scaled > 0 { append(code: UInt16(UInt8(ascii: "-"))) }
    append(scaled / scale)
    if decimals > 0 {
      append(code: UInt16(UInt8(ascii: ".")))
      append(scaled % scale, digits: decimals)
    }
  }

  /// "1:02:03.45"; hours only where there are any.
  func append(timeSeconds seconds: Double) {
    guard abs(seconds) < 1e9 else {
      append(code: 0x2013)
      return
    }
    if seconds < 0 { append(code: UInt16(UInt8(ascii: "-"))) }
    let hundredths = Int((abs(seconds) * 100).rounded(.down))
    let hours = hundredths / 360_000
    if hours > 0 {
      append(hours)
      append(code: UInt16(UInt8(ascii: ":")))
    }
    append(hundredths / 6000 % 60, digits: 2)
    append(code: UInt16(UInt8(ascii: ":")))
    append(hundredths / 100 % 60, digits: 2)
    append(code: UInt16(UInt8(ascii: ".")))
    append(hundredths % 100, digits: 2)
  }
}
