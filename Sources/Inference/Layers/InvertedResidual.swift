import CKernels
import Glibc

/// MobileNetV2's block (arXiv 1801.04381, section 3.3) with a 5x5 depthwise convolution:
/// expand 1x1, ReLU6; depthwise, ReLU6; project 1x1; + input where the shapes allow.
///
/// The expanded tensor is six times the input and would go through memory twice. Here each
/// thread expands a few rows at a time into a ring that stays in its L2 cache, and the depthwise
/// convolution follows on its heels. Small maps whose weights would not stay there as well go by
/// slices of channels instead (`SlicedDepthwise`). Only where a thread has so few rows of a map that
/// the rows it would expand twice at the seams are many, the whole tensor is expanded first.
public final class InvertedResidual: @unchecked Sendable {
  public let inputs: Int
  public let outputs: Int
  private let expand: PackedMatrix?
  private let stem: Stem?
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
  private let sliced: SlicedDepthwise?
  private let ringPixelStride: Int
  private let ringRowStride: Int
  private let elementSize: Int
  private let workspace: Workspace

  /// Reads the time between the stem (mark 0) and the rest (mark 1), if anybody wants to know.
  public var clock: LayerClock?

  private var input: FeatureView!
  private var picture: UnsafePointer<UInt8>!
  private var output: FeatureView!
  private var expandJob: RowJob!
  private var sliceJob: RowJob!
  private var job: RowJob!

  /// Bytes of weights that stay in L2 beside the rows that pass by them.
  private static let cacheShare = Caches.l2 / 2
  /// Rows expanded twice, as a part of all rows, from which on everything is expanded first.
  private static let seamLimit = 0.15

  /// - Parameters:
  ///   - prefix: of the tensor names, as in "encoder.blocks.3".
  ///   - map: the name of the input; the output is called `prefix`.project.
  ///   - expansion: the factor t; 1 has no expansion layer.
  ///   - stem: what computes the input of a block without expansion, row by row.
  public init(
    _ source: some WeightSource, _ prefix: String, inputs: Int, outputs: Int, expansion: Int,
    stem: Stem? = nil, stride: Int, dilation: Int, inputHeight: Int, inputWidth: Int, map: String,
    workspace: Workspace, pool: ThreadPool, kernels: Kernels
  ) throws {
    self.inputs = inputs
    self.outputs = outputs
    hidden = inputs * expansion
    precondition((stem != nil) == (expansion == 1))
    self.stem = stem
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
    let slices = SlicedDepthwise(
      expand, depthwise, height: inputHeight, width: inputWidth, kernels: kernels)
    let weights = project.byteCount + (expand?.byteCount ?? 0)
    sliced = expand != nil && weights > Self.cacheShare && slices.isSmall ? slices : nil
    expandsFirst = sliced == nil && pool.threads > 1 && seams > Self.seamLimit
    ringRows = expandsFirst ? inputHeight : min(inputHeight, span + 1 + (group - 1) * stride)
    elementSize = kernels.elementSize
    ringPixelStride = FeatureBuffer.pixelStride(channels: hidden, elementSize: elementSize)
    ringRowStride = (inputWidth + 2 * depthwise.padding) * ringPixelStride
    let ringBytes = ringRows * ringRowStride * elementSize
    let partBytes =
      group * width * ringPixelStride * elementSize + (stem?.scratchBytes ?? 0)
    if let sliced {
      workspace.reserve(sharedBytes: height * width * ringPixelStride * elementSize)
      workspace.reserve(bytesPerPart: sliced.scratchBytes)
      sliceJob = RowJob(pool) { [unowned self] part, slices in
        sliced.run(
          slices: slices, from: input, into: filtered, scratch: workspace.part(part))
      }
    } else if expandsFirst {
      workspace.reserve(sharedBytes: ringBytes)
      workspace.reserve(bytesPerPart: partBytes)
      expandJob = RowJob(pool) { [unowned self] part, rows in
        let marks = clock?.beginMarks(part: part)
        while let y = rows.next(1)?.lowerBound {
          expandRow(y, ring: workspace.shared, scratch: stemScratch(workspace.part(part)))
        }
        marks?.mark(0)
      }
    } else {
      workspace.reserve(bytesPerPart: partBytes + ringBytes)
    }
    job = RowJob(pool) { [unowned self] part, rows in run(part: part, rows: rows) }
  }

  public func run(from input: FeatureView, into output: FeatureView) {
    precondition(stem == nil && input.height == inputHeight && input.width == inputWidth)
    self.input = input
    run(into: output)
  }

  /// A block with a stem.
  ///
  /// - Parameter picture: RGB24, twice as high and wide as the block's input.
  public func run(from picture: UnsafePointer<UInt8>, into output: FeatureView) {
    precondition(stem != nil)
    self.picture = picture
    run(into: output)
  }

  private func run(into output: FeatureView) {
    precondition(output.height == height && output.width == width)
    self.output = output
    if expandsFirst { expandJob.run(rows: inputHeight) }
    if let sliced { sliceJob.run(rows: sliced.slices) }
    job.run(rows: height)
  }

  /// All that the depthwise convolution gives, where it goes by slices.
  private var filtered: FeatureView {
    FeatureView(
      base: workspace.shared, height: height, width: width, channels: hidden,
      pixelStride: ringPixelStride, rowStride: width * ringPixelStride, elementSize: elementSize)
  }

  private func ringRow(_ y: Int, _ ring: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    ring + (y % ringRows) * ringRowStride * elementSize
  }

  /// A part's scratch: the stem's and a group of rows behind the depthwise convolution; then the
  /// ring, where it is not shared.
  private func stemScratch(_ scratch: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    scratch + group * width * ringPixelStride * elementSize
  }

  /// Expands input row `y` into its place, with zeros in the halo.
  private func expandRow(
    _ y: Int, ring: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    let row = ringRow(y, ring)
    let halo = depthwise.padding * ringPixelStride * elementSize
    memset(row, 0, halo)
    if let stem {
      stem.run(
        row: y, of: picture, into: row + halo, stride: ringPixelStride, scratch: scratch)
    } else {
      expand!.multiply(
        input.pixel(y, 0), stride: input.pixelStride, into: row + halo, stride: ringPixelStride,
        count: inputWidth, upcoming: .rows(y + 1..<y + 2, of: input))
    }
    memset(row + halo + inputWidth * ringPixelStride * elementSize, 0, halo)
  }

  private func run(part: Int, rows claims: RowClaims) {
    if sliced != nil {
      while let rows = claims.next(group) {
        projectRows(rows, from: filtered.pixel(rows.lowerBound, 0))
      }
      return
    }
    let marks = clock?.beginMarks(part: part)
    let grouped = workspace.part(part)
    let scratch = stemScratch(grouped)
    let ring = expandsFirst ? workspace.shared : scratch + (stem?.scratchBytes ?? 0)
    var nextExpanded = inputHeight
    var following: Int?
    while let rows = claims.next(group) {
      if !expandsFirst && rows.lowerBound != following {
        nextExpanded = max(0, depthwise.inputRow(rows.lowerBound, tap: 0))
      }
      following = rows.upperBound
      let last = depthwise.inputRow(rows.upperBound - 1, tap: depthwise.kernel - 1)
      while nextExpanded <= min(last, inputHeight - 1) {
        expandRow(nextExpanded, ring: ring, scratch: scratch)
        nextExpanded += 1
      }
      marks?.mark(0)
      runDepthwise(rows: rows, ring: ring, into: grouped)
      projectRows(rows, from: grouped)
      marks?.mark(1)
    }
  }

  /// Rows from the ring into `grouped`.
  private func runDepthwise(
    rows: Range<Int>, ring: UnsafeMutableRawPointer, into grouped: UnsafeMutableRawPointer
  ) {
    depthwise.run(
      rows: rows, width: width, inStride: ringPixelStride, outStride: ringPixelStride,
      // Where the projection's results go.
      upcoming: { .slices($0, of: output) },
      inputRow: {
        $0 >= 0 && $0 < inputHeight ? UnsafeRawPointer(ringRow($0, ring)) : nil
      },
      outputRow: { grouped + ($0 - rows.lowerBound) * width * ringPixelStride * elementSize })
  }

  private func projectRows(_ rows: Range<Int>, from grouped: UnsafeMutableRawPointer) {
    // One multiplication for the group where the maps have no halo between rows.
    let whole = output.isContiguous && (!isResidual || input.isContiguous)
    let y = rows.lowerBound
    let calls = whole ? 1 : rows.count
    for index in 0..<calls {
      project.multiply(
        grouped + index * width * ringPixelStride * elementSize, stride: ringPixelStride,
        into: output.pixel(y + index, 0), stride: output.pixelStride,
        count: whole ? rows.count * width : width,
        residual: isResidual ? UnsafeRawPointer(input.pixel(y + index, 0)) : nil,
        residualStride: isResidual ? input.pixelStride : 0)
    }
  }
}
