import ArgumentParser
import DeeperLab
import Inference
import Media
import Panoptic

/// The raw outputs of the network's heads for one picture.
struct Heads: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the raw outputs of the network's heads for one picture.",
    usage: "dlvideo heads <image> -o <out.safetensors> [<options>]",
    discussion: """
      The tensors semantic, keypoint_heatmap, long_range, short_range and middle_range are float32
      of shape [1, channels, height / 4, width / 4]. The picture is resized only where it differs
      from --size, which is the model's own input size unless given.

      dlvideo heads street.png -o street.safetensors --size 640x368
      """)

  @Argument(help: "Picture (or video, of which the first picture is taken).")
  var image: String

  @OptionGroup(title: "Output")
  var destination: DestinationOptions

  @OptionGroup(title: "Network")
  var network: NetworkOptions

  func validate() throws {
    if destination.output == nil {
      throw ValidationError(
        "no output: add -o with the file to write, as in "
          + "'dlvideo heads \(image) -o heads.safetensors'")
    }
  }

  func run() throws {
    let output = destination.output!
    var files = FileClaims(
      input: image, model: network.model, overwrites: destination.overwrite)
    try files.write(output)
    let reader = try MediaReader(image)
    let picture = VideoFrame()
    guard try reader.read(into: picture) else {
      throw Failure(.badInput, "cannot read \(image): there is no picture in it")
    }
    let parser = try Parser(network, aspect: nil)
    let size = parser.size
    let rgb = FixedBuffer<UInt8>(repeating: 0, count: 3 * size.width * size.height)
    try PictureScaler(width: size.width, height: size.height)
      .scaleRGB(picture, orientation: reader.video.orientation, into: rgb.base)
    let activations = parser.network.makeActivations()
    parser.network.encode(rgb.base, activations)
    parser.network.decode(activations)
    parser.network.runHeads(activations)
    try SafeTensorsWriter.write(
      HeadKind.allCases.map { .init($0.rawValue, activations.map($0)) }, to: output)
  }
}

extension SafeTensorsWriter.Tensor {
  /// A head's map, [height][width][channels], as [1, channels, height, width].
  init(_ name: String, _ map: FeatureMap) {
    var values = [Float](repeating: 0, count: map.channels * map.height * map.width)
    for i in 0..<map.height {
      for j in 0..<map.width {
        let cell = map.cell(i, j)
        for channel in 0..<map.channels {
          values[(channel * map.height + i) * map.width + j] = cell[channel]
        }
      }
    }
    self.init(name: name, shape: [1, map.channels, map.height, map.width], values: values)
  }
}
