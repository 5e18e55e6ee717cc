import CKernels
import Glibc
import Inference
import SeededRandom
import Testing

extension KernelVersion {
  fileprivate var kernels: Kernels {
    Kernels(element == .float ? .fp32 : .bf16, isa: isa, backend: .own)
  }
}

/// Maps that are cut up in space or by channels give the numbers that they give as a whole.
@Suite final class SlicedDepthwiseTests {
  /// The maps' memory.
  private var kept: [FeatureBuffer] = []

  /// Weights that depend on nothing but their name and place.
  private struct NamedWeights: WeightSource {
    var file: String { "test" }
    func values(_ name: String, shape: [Int]) throws -> [Float] {
      let count = shape.reduce(1, *)
      if name.hasSuffix("running_var") { return [Float](repeating: 1, count: count) }
      var random = SplitMix(seed: name.utf8.reduce(5) { $0 &* 31 &+ UInt64($1) })
      let scale = 1 / Float(max(1, shape.dropFirst().reduce(1, *))).squareRoot()
      return random.values(count).map { $0 * scale + (name.hasSuffix("bn.weight") ? 1 : 0) }
    }
  }

  private struct Shape: CustomStringConvertible {
    var inputs = 9
    var channels = 70
    var height: Int
    var width: Int
    var kernel = 5
    var stride = 1
    var dilation = 1
    var description: String {
      "\(inputs)>\(channels) \(width)x\(height) \(kernel)/\(stride)/\(dilation)"
    }
  }

  private func map(
    _ height: Int, _ width: Int, _ channels: Int, halo: Int = 0, _ version: KernelVersion,
    seed: UInt64? = nil
  ) -> FeatureView {
    let buffer = FeatureBuffer(
      height: height, width: width, channels: channels, halo: halo,
      elementSize: version.table.element_size)
    if let seed {
      var random = SplitMix(seed: seed)
      for y in 0..<height {
        for x in 0..<width {
          version.table.from_float(random.values(channels), buffer.view.pixel(y, x), channels)
        }
      }
    }
    kept.append(buffer)
    return buffer.view
  }

  private func values(_ view: FeatureView, _ version: KernelVersion) -> [Float] {
    var all: [Float] = []
    var pixel = [Float](repeating: 0, count: view.channels)
    for y in 0..<view.height {
      for x in 0..<view.width {
        version.table.to_float(view.pixel(y, x), &pixel, view.channels)
        all += pixel
      }
    }
    return all
  }

  /// Behind a pointwise convolution and without one; of small maps and of some whose rows go by
  /// rings; all slices at once and one by one.
  @Test(arguments: KernelVersion.all)
  func slicesAreTheWhole(_ version: KernelVersion) throws {
    let kernels = version.kernels
    let maps = LayerMaps(input: "in", output: "out")
    for shape in [
      Shape(height: 7, width: 5), Shape(height: 9, width: 11, stride: 2),
      Shape(inputs: 3, channels: 32, height: 60, width: 90),
      Shape(inputs: 3, channels: 33, height: 71, width: 64, kernel: 7, stride: 2),
      Shape(inputs: 3, channels: 16, height: 64, width: 80, dilation: 3),
    ] {
      let pointwise = PackedMatrix(
        try FoldedWeights(
          NamedWeights(), "a", outputs: shape.channels, inputs: shape.inputs, kernel: 1),
        activation: .relu6, maps: maps, kernels: kernels)
      let depthwise = DepthwiseConvolution(
        try FoldedWeights(
          NamedWeights(), "b", outputs: shape.channels, inputs: 1, kernel: shape.kernel),
        stride: shape.stride, dilation: shape.dilation, activation: .none, maps: maps,
        kernels: kernels)
      let input = map(shape.height, shape.width, shape.inputs, version, seed: 3)
      let between = map(
        shape.height, shape.width, shape.channels, halo: depthwise.padding, version
      )
      pointwise.multiply(rows: 0..<shape.height, from: input, into: between)
      let size = (depthwise.outputSize(shape.height), depthwise.outputSize(shape.width))
      let expected = map(size.0, size.1, shape.channels, version)
      depthwise.run(rows: 0..<size.0, from: between, into: expected)
      for source in [nil, pointwise] {
        let sliced = SlicedDepthwise(
          source, depthwise, height: shape.height, width: shape.width, kernels: kernels)
        let scratch = AlignedBuffer(byteCount: sliced.scratchBytes)
        memset(scratch.base, 0x3f, scratch.byteCount)
        for step in [1, sliced.slices] {
          let found = map(size.0, size.1, shape.channels, version)
          for first in stride(from: 0, to: sliced.slices, by: step) {
            sliced.run(
              slices: RowClaims(first..<first + step), from: source == nil ? between : input,
              into: found,
              scratch: scratch.base)
          }
          expectClose(
            values(found, version), values(expected, version),
            tolerance: version.element == .float ? 2e-6 : 1.0 / 64, "\(shape)")
        }
      }
    }
  }

  /// The ways through a block give one result: slices of a small map; a large one's rows in rings,
  /// and with many threads the whole of it first.
  @Test(arguments: [(20, 24), (70, 66)], [1, 2])
  func blocksDoNotDependOnTheirWay(size: (Int, Int), stride: Int) throws {
    let (height, width) = size
    let version = KernelVersion(element: .float, isa: ck_isa_detected())
    let kernels = version.kernels
    let maps = LayerMaps(input: "in", output: "out")
    let (inputs, outputs, hidden) = (8, 8, 48)
    let source = NamedWeights()
    let input = map(height, width, inputs, version, seed: 4)
    let expand = PackedMatrix(
      try FoldedWeights(source, "b.expand", outputs: hidden, inputs: inputs, kernel: 1),
      activation: .relu6, maps: maps, kernels: kernels)
    let depthwise = DepthwiseConvolution(
      try FoldedWeights(source, "b.depthwise", outputs: hidden, inputs: 1, kernel: 5),
      stride: stride, activation: .relu6, maps: maps, kernels: kernels)
    let project = PackedMatrix(
      try FoldedWeights(source, "b.project", outputs: outputs, inputs: hidden, kernel: 1),
      activation: .none, maps: maps, kernels: kernels)
    let outSize = (depthwise.outputSize(height), depthwise.outputSize(width))
    let expanded = map(height, width, hidden, halo: 2, version)
    let filtered = map(outSize.0, outSize.1, hidden, version)
    let expected = map(outSize.0, outSize.1, outputs, version)
    expand.multiply(rows: 0..<height, from: input, into: expanded)
    depthwise.run(rows: 0..<outSize.0, from: expanded, into: filtered)
    project.multiply(
      filtered.base, stride: filtered.pixelStride, into: expected.base,
      stride: expected.pixelStride, count: outSize.0 * outSize.1,
      residual: stride == 1 ? UnsafeRawPointer(input.base) : nil,
      residualStride: input.pixelStride)
    for threads in [1, 2, 7] {
      let workspace = Workspace(parts: threads)
      let block = try InvertedResidual(
        source, "b", inputs: inputs, outputs: outputs, expansion: 6, stride: stride, dilation: 1,
        inputHeight: height, inputWidth: width, map: "in", workspace: workspace,
        pool: ThreadPool(threads: threads), kernels: kernels)
      workspace.allocate()
      let found = map(outSize.0, outSize.1, outputs, version)
      for _ in 0..<2 { block.run(from: input, into: found) }
      expectClose(
        values(found, version), values(expected, version), tolerance: 2e-6, "\(threads) threads")
    }
  }
}
