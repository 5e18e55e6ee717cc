import Foundation

/// A safetensors file, checked in full when opened: an 8-byte little-endian header length, a JSON
/// header of tensors and metadata, and the tensors' bytes.
///
/// The file comes from anyone, so nothing in it is trusted: every size is checked against the
/// file's before it is used.
public struct SafeTensors: Sendable {
  public struct Entry: Sendable, Equatable {
    public var type: String
    public var shape: [Int]
    /// Bytes of the file.
    var range: Range<Int>
    public var elementCount: Int { shape.reduce(1, *) }
  }

  public let file: String
  public let metadata: [String: String]
  public let entries: [String: Entry]
  public let byteCount: Int
  private let bytes: Data

  private static let headerLimit = 16 << 20
  private static let elementSizes = [
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1,
    "BOOL": 1,
  ]

  public init(path: String) throws {
    func unreadable(_ reason: String) -> InferenceError { .unreadable(file: path, reason: reason) }
    var status = stat()
    guard stat(path, &status) == 0 else { throw unreadable(String(cString: strerror(errno))) }
    // A pipe may never end and /dev/zero never does: only what has a size is read.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw unreadable(status.st_mode & S_IFMT == S_IFDIR ? "Is a directory" : "not a regular file")
    }
    guard access(path, R_OK) == 0 else { throw unreadable(String(cString: strerror(errno))) }
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw unreadable("input error")
    }
    try self.init(bytes: bytes, file: path)
  }

  /// Parses bytes that were read from `file` (a name for messages).
  public init(bytes: Data, file: String) throws {
    func malformed(_ reason: String) -> InferenceError { .malformed(file: file, reason: reason) }
    guard bytes.count >= 8 else { throw malformed("shorter than its header length") }
    var length: UInt64 = 0
    for index in 0..<8 { length |= UInt64(bytes[bytes.startIndex + index]) << UInt64(8 * index) }
    guard length <= UInt64(Self.headerLimit), Int(length) <= bytes.count - 8 else {
      throw malformed("its header length is \(length), the file has \(bytes.count) bytes")
    }
    let start = bytes.startIndex + 8
    let dataStart = 8 + Int(length)
    guard
      let parsed = try? JSONSerialization.jsonObject(
        with: bytes.subdata(in: start..<start + Int(length))),
      let header = parsed as? [String: Any]
    else { throw malformed("its header is not a JSON object") }

    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]
    for (name, value) in header {
      if name == "__metadata__" {
        metadata = (value as? [String: Any])?.compactMapValues { $0 as? String } ?? [:]
        continue
      }
      guard let fields = value as? [String: Any], let type = fields["dtype"] as? String,
        let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int],
        offsets.count == 2
      else { throw malformed("tensor \(name) is not described by dtype, shape, data_offsets") }
      guard let elementSize = Self.elementSizes[type] else {
        throw InferenceError.wrongType(file: file, name: name, found: type)
      }
      var size = elementSize
      for side in shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: side)
        guard side >= 0, !overflow else { throw malformed("tensor \(name) has shape \(shape)") }
        size = product
      }
      let available = bytes.count - dataStart
      guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= available,
        offsets[1] - offsets[0] == size
      else {
        throw malformed(
          "tensor \(name) claims bytes \(offsets[0])..<\(offsets[1]) of \(available); is it cut off?"
        )
      }
      entries[name] = Entry(
        type: type, shape: shape, range: dataStart + offsets[0]..<dataStart + offsets[1])
    }
    self.file = file
    self.metadata = metadata
    self.entries = entries
    byteCount = bytes.count
    self.bytes = bytes
  }

  /// The file's bytes with other metadata; tensors as they are.
  public func bytes(withMetadata metadata: [String: String]) throws -> Data {
    let base = bytes.startIndex
    var length = 0
    for index in 0..<8 { length |= Int(bytes[base + index]) << (8 * index) }
    let old = bytes.subdata(in: base + 8..<base + 8 + length)
    var header = (try? JSONSerialization.jsonObject(with: old)) as? [String: Any] ?? [:]
    header["__metadata__"] = metadata
    var json = try JSONSerialization.data(
      withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    var data = Data(capacity: 8 + json.count + bytes.count - 8 - length)
    withUnsafeBytes(of: UInt64(json.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(json)
    data.append(bytes[(base + 8 + length)...])
    return data
  }

  /// A tensor's values as float32; its shape must be the expected one.
  public func values(_ name: String, shape: [Int]) throws -> [Float] {
    guard let entry = entries[name] else {
      throw InferenceError.missingTensor(file: file, name: name, expected: shape)
    }
    guard entry.shape == shape else {
      throw InferenceError.wrongShape(
        file: file, name: name, found: entry.shape, expected: shape)
    }
    return try bytes.withUnsafeBytes { raw in
      let source = raw[entry.range]
      func element<T>(_ index: Int, as type: T.Type) -> T {
        source.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: type)
      }
      func converted(_ value: (Int) -> Float) -> [Float] {
        // What is made here without elements writes its count into what all empty arrays share.
        guard entry.elementCount > 0 else { return [] }
        return [Float](unsafeUninitializedCapacity: entry.elementCount) { out, count in
          for index in 0..<entry.elementCount { out[index] = value(index) }
          count = entry.elementCount
        }
      }
      switch entry.type {
      case "F32":
        return converted {
          Float(bitPattern: UInt32(littleEndian: element($0, as: UInt32.self)))
        }
      case "F16":
        return converted {
          Self.halfToFloat(UInt16(littleEndian: element($0, as: UInt16.self)))
        }
      case "BF16":
        return converted {
          Float(bitPattern: UInt32(UInt16(littleEndian: element($0, as: UInt16.self))) << 16)
        }
      case "U8": return converted { Float(element($0, as: UInt8.self)) }
      default: throw InferenceError.wrongType(file: file, name: name, found: entry.type)
      }
    }
  }

  /// IEEE 754 binary16 to binary32, exact.
  static func halfToFloat(_ half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10) & 0x1f
    let fraction = UInt32(half & 0x3ff)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
