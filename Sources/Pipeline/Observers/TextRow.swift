/// Text put together byte by byte, in memory that is used again: numbers with a decimal point
/// whatever the locale, and no allocation once it has grown to the longest row.
package struct TextRow {
  package private(set) var bytes: [UInt8] = []

  package init(capacity: Int = 4096) { bytes.reserveCapacity(capacity) }

  package mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  package mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  package mutating func append(bytes text: [UInt8]) { bytes.append(contentsOf: text) }

  package mutating func append(_ byte: Unicode.Scalar) { bytes.append(UInt8(ascii: byte)) }

  package mutating func append(_ number: Int) {
    if number < 0 { append("-" as Unicode.Scalar) }
    append(digits: UInt64(number.magnitude), atLeast: 1)
  }

  /// `nanoseconds / 10^6` with three decimals, rounded half up: `0.000`, `12.345`.
  package mutating func append(milliseconds nanoseconds: UInt64) {
    append(thousandths: nanoseconds / 1000 + (nanoseconds % 1000 >= 500 ? 1 : 0))
  }

  /// `nanoseconds / 10^3` with three decimals, exact: trace events count in microseconds.
  package mutating func append(microseconds nanoseconds: UInt64) {
    append(thousandths: nanoseconds)
  }

  /// A number with `places` decimals (0...9), rounded half away from zero. What JSON and CSV cannot
  /// hold (infinite, not a number, beyond 9e9) is left out.
  package mutating func append(_ value: Double, places: Int) {
    guard value.isFinite, value.magnitude <= 9e9 else { return }
    var unit = 1.0
    for _ in 0..<min(max(places, 0), 9) { unit *= 10 }
    let scaled = UInt64((value.magnitude * unit).rounded())
    if value < 0, scaled > 0 { append("-" as Unicode.Scalar) }
    append(digits: scaled / UInt64(unit), atLeast: 1)
    guard unit > 1 else { return }
    append("." as Unicode.Scalar)
    append(digits: scaled % UInt64(unit), atLeast: min(places, 9))
  }

  private mutating func append(thousandths: UInt64) {
    append(digits: thousandths / 1000, atLeast: 1)
    append("." as Unicode.Scalar)
    append(digits: thousandths % 1000, atLeast: 3)
  }

  private mutating func append(digits number: UInt64, atLeast count: Int) {
    var unit: UInt64 = 1
    var places = 1
    while places < count || number / unit >= 10 {
      unit *= 10
      places += 1
    }
    while unit > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(number / unit % 10))
      unit /= 10
    }
  }

  /// Text as a JSON string, with its quotes (RFC 8259).
  package mutating func append(json text: String) {
    append("\"" as Unicode.Scalar)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        append("\\" as Unicode.Scalar)
        bytes.append(byte)
      case 0..<0x20:
        append("\\u00")
        bytes.append(UInt8(ascii: "0") + byte / 16)
        bytes.append(
          byte % 16 < 10 ? UInt8(ascii: "0") + byte % 16 : UInt8(ascii: "a") + byte % 16 - 10)
      default: bytes.append(byte)
      }
    }
    append("\"" as Unicode.Scalar)
  }

  /// Text as a CSV field: quoted where it holds a comma, a quote or a line end (RFC 4180).
  package mutating func append(csv text: String) {
    let special: (UInt8) -> Bool = { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
    guard text.utf8.contains(where: special) else { return bytes.append(contentsOf: text.utf8) }
    append("\"" as Unicode.Scalar)
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    append("\"" as Unicode.Scalar)
  }
}
