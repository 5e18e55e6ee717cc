/// A JSON text written straight into a byte buffer that is used again and again.
///
/// It knows where commas go, so callers only say what stands where:
///
///     json.object {
///       $0.member("frame", 7)
///       $0.array("bbox") { for side in box { $0.element(side) } }
///     }
package struct JSONText {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init(capacity: Int = 4096) { bytes.reserveCapacity(capacity) }

  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  package var string: String { String(decoding: bytes, as: UTF8.self) }

  package mutating func newline() {
    bytes.append(UInt8(ascii: "\n"))
    needsComma = false
  }

  // MARK: Containers

  package mutating func object(_ body: (inout JSONText) throws -> Void) rethrows {
    try container("{", "}", body)
  }

  package mutating func object(_ key: String, _ body: (inout JSONText) throws -> Void) rethrows {
    name(key)
    try container("{", "}", body)
  }

  package mutating func array(_ body: (inout JSONText) throws -> Void) rethrows {
    try container("[", "]", body)
  }

  package mutating func array(_ key: String, _ body: (inout JSONText) throws -> Void) rethrows {
    name(key)
    try container("[", "]", body)
  }

  private mutating func container(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONText) throws -> Void
  ) rethrows {
    separate()
    bytes.append(UInt8(ascii: open))
    needsComma = false
    try body(&self)
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  // MARK: Members and elements

  package mutating func member(_ key: String, _ value: Int) {
    name(key)
    element(value)
  }

  package mutating func member(_ key: String, _ value: String) {
    name(key)
    element(value)
  }

  package mutating func member(_ key: String, _ value: Bool) {
    name(key)
    literal(value ? "true" : "false")
  }

  /// A number with at most `places` digits after the point; null where there is none.
  package mutating func member(_ key: String, _ value: Double?, places: Int) {
    name(key)
    element(value, places: places)
  }

  package mutating func element(_ value: Int) { literal(String(value)) }

  package mutating func element(_ value: Double?, places: Int) {
    guard let value, value.isFinite else { return literal("null") }
    literal(value.decimal(places))
  }

  package mutating func element(_ value: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in value.utf8 { escape(byte) }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  private mutating func name(_ key: String) {
    element(key)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case 0..<0x20:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    default: bytes.append(byte)
    }
  }
}
