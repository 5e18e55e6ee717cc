import Glibc

/// MobileNetV2's block (arXiv 1801.04381, section 3.3) with a 5x5 depthwise convolution:
/// expand 1x1, ReLU6; depthwise, ReLU6; project 1x1; + input where the shapes allow.
///
/// The expanded tensor is six times the input and would go through memory twice. Here each
/// thread expands a few rows at a time into a ring that stays in its L2 cache, and the depthwise
/// convolution follows on its heels. Only where a thread has so few rows that the rows it would
/// expand twice at the seams are many, the whole tensor is expanded first.
public final class InvertedResidual: @unchecked Sendable {
  public let inputs: Int
  public let outputs: Int
  private let expand: PackedMatrix?
  private let depthwise: DepthwiseConvolution
  private let project: PackedMatrix
  private let isResidual: Bool
  private let hidden: Int

  private let inputHeight: Int
  private let inputWidth: Int
  private let height: Int
  private let width: Int
  /// Output rows computed together, for a projection of enough pixels.
  private let group: Int
  /// Rows of the ring; the input's height when all of it is expanded first.
  private let ringRows: Int
  private let expandsFirst: Bool
  private let ringPixelStride: Int
  private let ringRowStride: Int
  private let elementSize: Int
  private let workspace: Workspace

  private var input: FeatureView!
  private var output: FeatureView!
  private var expandJob: RowJob!
  private var job: RowJob!

  /// Rows expanded twice, as a part of all rows, from which on everything is expanded first.
  private static let seamLimit = 0.15

  /// - Parameters:
  ///   - prefix: of the tensor names, as in "encoder.blocks.3".
  ///   - map: the name of the input; the output is called `prefix`.project.
  ///   - expansion: the factor t; 1 has no expansion layer, and then the input needs a halo of 2.
  public init(
    _ source: some WeightSource, _ prefix: String, inputs: Int, outputs: Int, expansion: Int,
    stride: Int, dilation: Int, inputHeight: Int, inputWidth: Int, map: String,
    workspace: Workspace, pool: ThreadPool, kernels: Kernels
  ) throws {
    self.inputs = inputs
    self.outputs = outputs
    hidden = inputs * expansion
    isResidual = stride == 1 && inputs == outputs
    expand =
      expansion == 1
      ? nil
      : PackedMatrix(
        try FoldedWeights(source, "\(prefix).expand", outputs: hidden, inputs: inputs, kernel: 1),
        activation: .relu6, maps: LayerMaps(input: map, output: "\(prefix).expand"),
        kernels: kernels)
    depthwise = DepthwiseConvolution(
      try FoldedWeights(source, "\(prefix).depthwise", outputs: hidden, inputs: 1, kernel: 5),
      stride: stride, dilation: dilation, activation: .relu6,
      maps: LayerMaps(
        input: expand == nil ? map : "\(prefix).expand", output: "\(prefix).depthwise"),
      kernels: kernels)
    project = PackedMatrix(
      try FoldedWeights(source, "\(prefix).project", outputs: outputs, inputs: hidden, kernel: 1),
      activation: .none,
      maps: LayerMaps(
        input: "\(prefix).depthwise", output: "\(prefix).project",
        residual: isResidual ? map : nil), kernels: kernels)
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    height = depthwise.outputSize(inputHeight)
    width = depthwise.outputSize(inputWidth)
    self.workspace = workspace

    // Whole pairs of rows for the depthwise convolution.
    let pair = 2 * dilation
    group = min(height, max(1, 128 / width / pair) * pair)
    let span = dilation * (depthwise.kernel - 1)
    let seams = Double(span * (pool.threads - 1)) / Double(inputHeight)
    expandsFirst = expand != nil && pool.threads > 1 && seams > Self.seamLimit
    ringRows = expandsFirst ? inputHeight : min(inputHeight, span + 1 + (group - 1) * stride)
    elementSize = kernels.elementSize
    ringPixelStride = FeatureBuffer.pixelStride(channels: hidden, elementSize: elementSize)
    ringRowStride = (inputWidth + 2 * depthwise.padding) * ringPixelStride
    let ringBytes = expand == nil ? 0 : ringRows * ringRowStride * elementSize
    let groupBytes = group * width * ringPixelStride * elementSize
    if expandsFirst {
      workspace.reserve(sharedBytes: ringBytes)
      workspace.reserve(bytesPerPart: groupBytes)
    } else {
      workspace.reserve(bytesPerPart: ringBytes + groupBytes)
    }
    if expandsFirst {
      expandJob = RowJob(pool) { [unowned self] _, rows in
        for y in rows { expandRow(y, ring: workspace.shared) }
      }
    }
    job = RowJob(pool) { [unowned self] part, rows in run(part: part, rows: rows) }
  }

  public func run(from input: FeatureView, into output: FeatureView) {
    precondition(input.height == inputHeight && input.width == inputWidth)
    precondition(output.height == height && output.width == width)
    self.input = input
    self.output = output
    if expandsFirst { expandJob.run(rows: inputHeight) }
    job.run(rows: height)
  }

  private func ringRow(_ y: Int, _ ring: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    ring + (y % ringRows) * ringRowStride * elementSize
  }

  /// Expands input row `y` into its place, with zeros in the halo.
  private func expandRow(_ y: Int, ring: UnsafeMutableRawPointer) {
    let row = ringRow(y, ring)
    let halo = depthwise.padding * ringPixelStride * elementSize
    memset(row, 0, halo)
    expand!.multiply(
      input.pixel(y, 0), stride: input.pixelStride, into: row + halo, stride: ringPixelStride,
      count: inputWidth)
    memset(row + halo + inputWidth * ringPixelStride * elementSize, 0, halo)
  }

  private func run(part: Int, rows: Range<Int>) {
    let scratch = workspace.part(part)
    let ring = expandsFirst ? workspace.shared : scratch
    let ownRing = expand != nil && !expandsFirst
    let grouped = scratch + (ownRing ? ringRows * ringRowStride * elementSize : 0)
    var nextExpanded = max(0, depthwise.inputRow(rows.lowerBound, tap: 0))
    var y = rows.lowerBound
    while y < rows.upperBound {
      let count = min(group, rows.upperBound - y)
      if ownRing {
        let last = min(
          inputHeight - 1, depthwise.inputRow(y + count - 1, tap: depthwise.kernel - 1))
        while nextExpanded <= last {
          expandRow(nextExpanded, ring: ring)
          nextExpanded += 1
        }
      }
      runDepthwise(rows: y..<y + count, ring: ring, into: grouped)
      projectRows(y, count, from: grouped)
      y += count
    }
  }

  /// Rows from the ring, or from the input when nothing is expanded, into `grouped`.
  private func runDepthwise(
    rows: Range<Int>, ring: UnsafeMutableRawPointer, into grouped: UnsafeMutableRawPointer
  ) {
    if expand == nil {
      depthwise.run(
        rows: rows, from: input,
        into: FeatureView(
          base: grouped, height: rows.count, width: width, channels: hidden,
          pixelStride: ringPixelStride, rowStride: width * ringPixelStride,
          elementSize: elementSize))
      return
    }
    depthwise.run(
      rows: rows, width: width, inStride: ringPixelStride, outStride: ringPixelStride,
      inputRow: {
        $0 >= 0 && $0 < inputHeight ? UnsafeRawPointer(ringRow($0, ring)) : nil
      },
      outputRow: { grouped + ($0 - rows.lowerBound) * width * ringPixelStride * elementSize })
  }

  private func projectRows(_ y: Int, _ count: Int, from grouped: UnsafeMutableRawPointer) {
    // One multiplication for the group where the maps have no halo between rows.
    let whole = output.isContiguous && (!isResidual || input.isContiguous)
    let calls = whole ? 1 : count
    for index in 0..<calls {
      project.multiply(
        grouped + index * width * ringPixelStride * elementSize, stride: ringPixelStride,
        into: output.pixel(y + index, 0), stride: output.pixelStride,
        count: whole ? count * width : width,
        residual: isResidual ? UnsafeRawPointer(input.pixel(y + index, 0)) : nil,
        residualStride: input.pixelStride)
    }
  }
}
