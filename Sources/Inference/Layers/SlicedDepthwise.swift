import Glibc

/// A depthwise convolution by slices of channels, alone or behind a pointwise one.
///
/// A slice, all rows of it, stays in L2 and its rows at hand in L1, where whole pixels of hundreds of
/// channels would not; and the map between the two convolutions never exists as a whole. Threads
/// take slices each, so that no row is computed twice at a seam. Of a map too large for that some
/// rows of a slice at a time stay in L2.
public final class SlicedDepthwise: @unchecked Sendable {
  public let slices: Int
  private let pointwise: PackedMatrix?
  private let depthwise: DepthwiseConvolution
  private let sliceChannels: Int
  /// Whether rows are fetched that the pointwise convolution reads next.
  private let readsAhead: Bool
  private let height: Int
  private let width: Int
  private let elementSize: Int
  private let rowBytes: Int
  /// Rows between the two convolutions, in a ring.
  private let ringRows: Int
  /// Output rows computed together.
  private let group: Int

  /// Bytes of a slice up to which it stays in a thread's L2 cache beside what passes through.
  private static let cacheShare = 400 << 10
  /// Panels of a slice whose pointwise convolution reads more than L2 holds: each slice reads it again.
  private static let widePanels = 4
  private static let largeInput = 1 << 20

  /// - Parameters:
  ///   - pointwise: computes the depthwise convolution's input; without it that is a map with a halo.
  ///   - height, width: of the depthwise convolution's input.
  public init(
    _ pointwise: PackedMatrix?, _ depthwise: DepthwiseConvolution, height: Int, width: Int,
    kernels: Kernels
  ) {
    precondition(pointwise == nil || pointwise!.outputs == depthwise.channels)
    self.pointwise = pointwise
    self.depthwise = depthwise
    self.height = height
    self.width = width
    elementSize = kernels.elementSize
    // A panel of the kernels, and a whole cache line.
    let least = max(DepthwiseConvolution.channelGroup, 64 / elementSize)
    let inputBytes = height * width * (pointwise?.inputs ?? 0) * elementSize
    let isLarge = inputBytes > Self.largeInput
    readsAhead = isLarge && kernels.table.fetches
    sliceChannels =
      isLarge
      ? max(least, Self.widePanels * DepthwiseConvolution.channelGroup) : least
    slices = (depthwise.channels + sliceChannels - 1) / sliceChannels
    rowBytes = (width + 2 * depthwise.padding) * sliceChannels * elementSize
    let outputHeight = depthwise.outputSize(height)
    let span = depthwise.dilation * (depthwise.kernel - 1)
    let pair = 2 * depthwise.dilation
    let pairs = (Self.cacheShare / rowBytes - span - 1) / depthwise.stride / pair
    group = min(outputHeight, max(1, pairs) * pair)
    ringRows = min(height, span + 1 + (group - 1) * depthwise.stride)
  }

  /// Bytes of scratch that a thread needs.
  public var scratchBytes: Int { pointwise == nil ? 0 : ringRows * rowBytes }

  /// Whether a slice is so small that this way is as fast as whole pixels of a few rows.
  public var isSmall: Bool { height * rowBytes <= Self.cacheShare / 2 }

  /// Computes slices of `output` from `input`, which has the halo unless there is a pointwise
  /// convolution.
  ///
  /// - Parameter marks: 0 is the pointwise convolution's, 1 the depthwise one's.
  public func run(
    slices: RowClaims, from input: FeatureView, into output: FeatureView,
    scratch: UnsafeMutableRawPointer, marks: RowMarks? = nil
  ) {
    if pointwise != nil { clearHalo(scratch) }
    while let slice = slices.next(1)?.lowerBound {
      let channels =
        slice * sliceChannels..<min((slice + 1) * sliceChannels, depthwise.channels)
      let some = output.slice(first: channels.lowerBound, channels: channels.count)
      if let pointwise {
        run(channels, pointwise, from: input, into: some, ring: scratch, marks: marks)
      } else {
        let next = channels.upperBound..<min(channels.upperBound + sliceChannels, input.channels)
        depthwise.run(
          rows: 0..<output.height, channels: channels,
          from: input.slice(first: channels.lowerBound, channels: channels.count), into: some,
          upcoming: next.isEmpty
            ? nil
            : (
              input.slice(first: next.lowerBound, channels: next.count),
              output.slice(first: next.lowerBound, channels: next.count)
            ))
      }
    }
  }

  private func run(
    _ channels: Range<Int>, _ pointwise: PackedMatrix, from input: FeatureView,
    into output: FeatureView, ring: UnsafeMutableRawPointer, marks: RowMarks?
  ) {
    let halo = depthwise.padding * sliceChannels * elementSize
    var next = 0
    for first in stride(from: 0, to: output.height, by: group) {
      let rows = first..<min(first + group, output.height)
      let last = depthwise.inputRow(rows.upperBound - 1, tap: depthwise.kernel - 1)
      while next <= min(last, height - 1) {
        pointwise.multiply(
          input.pixel(next, 0), stride: input.pixelStride, into: ringRow(next, ring) + halo,
          stride: sliceChannels, count: width, columns: channels,
          // Where its result goes, and what the next row is made of.
          upcoming: readsAhead
            ? .slices(next..<next + 1, of: output).and(rows: next + 1..<next + 2, of: input)
            : .slices(next..<next + 1, of: output))
        next += 1
      }
      marks?.mark(0)
      depthwise.run(
        rows: rows, channels: channels, width: output.width, inStride: sliceChannels,
        outStride: output.pixelStride,
        inputRow: {
          $0 >= 0 && $0 < height ? UnsafeRawPointer(ringRow($0, ring)) : nil
        },
        outputRow: { output.pixel($0, 0) })
      marks?.mark(1)
    }
  }

  private func ringRow(_ y: Int, _ ring: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    ring + y % ringRows * rowBytes
  }

  /// The scratch is other layers' too.
  private func clearHalo(_ ring: UnsafeMutableRawPointer) {
    let halo = depthwise.padding * sliceChannels * elementSize
    for row in 0..<ringRows {
      memset(ring + row * rowBytes, 0, halo)
      memset(ring + (row + 1) * rowBytes - halo, 0, halo)
    }
  }
}
