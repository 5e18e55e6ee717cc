import Foundation

/// Writes float32 tensors as a safetensors file.
public enum SafeTensorsWriter {
  public struct Tensor {
    public var name: String
    public var shape: [Int]
    public var values: [Float]

    public init(name: String, shape: [Int], values: [Float]) {
      precondition(shape.reduce(1, *) == values.count)
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  /// The file's bytes; tensors lie in the order given, each aligned to its element size.
  public static func bytes(_ tensors: [Tensor], metadata: [String: String] = [:]) -> Data {
    var header: [String: Any] = [:]
    if !metadata.isEmpty { header["__metadata__"] = metadata }
    var offset = 0
    for tensor in tensors {
      let size = tensor.values.count * 4
      header[tensor.name] = [
        "dtype": "F32", "shape": tensor.shape, "data_offsets": [offset, offset + size],
      ]
      offset += size
    }
    // Strings, integers and arrays of them always serialise.
    var json = try! JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
    while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
    var data = Data(capacity: 8 + json.count + offset)
    withUnsafeBytes(of: UInt64(json.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(json)
    for tensor in tensors { tensor.values.withUnsafeBytes { data.append(contentsOf: $0) } }
    return data
  }

  /// Writes the file whole or not at all.
  public static func write(
    _ tensors: [Tensor], metadata: [String: String] = [:], to path: String
  ) throws {
    do {
      try bytes(tensors, metadata: metadata).write(
        to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw InferenceError.unwritable(file: path, reason: error.localizedDescription)
    }
  }
}
