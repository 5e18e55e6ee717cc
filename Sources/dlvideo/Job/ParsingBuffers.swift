import DeeperLab
import Media
import Panoptic

/// What the network and the decoding of its outputs need for one picture, taken once and used
/// again for picture after picture.
final class ParsingBuffers: @unchecked Sendable {
  /// The network's input: packed RGB of `Parser.size`.
  var rgb: UnsafeMutablePointer<UInt8> { picture.base }
  let activations: NetworkActivations
  let instances: InstanceSet
  /// The result, of `Parser.size`.
  var map: PanopticMap
  private let picture: FixedBuffer<UInt8>

  init(_ parser: Parser) {
    picture = FixedBuffer(repeating: 0, count: 3 * parser.size.width * parser.size.height)
    activations = parser.network.makeActivations()
    instances = parser.decoder.makeInstanceSet()
    map = parser.decoder.makeMap()
  }
}

/// The way of a picture through the network, step by step; each step may work on another picture
/// at the same time.
extension Parser {
  func encode(_ buffers: ParsingBuffers) { network.encode(buffers.rgb, buffers.activations) }

  func decode(_ buffers: ParsingBuffers) { network.decode(buffers.activations) }

  func runHeads(_ buffers: ParsingBuffers) { network.runHeads(buffers.activations) }

  func group(_ buffers: ParsingBuffers) {
    decoder.group(buffers.activations.headMaps, into: buffers.instances)
  }

  func fuse(_ buffers: ParsingBuffers) {
    decoder.fuse(buffers.activations.headMaps, buffers.instances, into: buffers.map)
  }
}
