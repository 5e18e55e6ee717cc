/// Where the samples of a plane lie along one axis of the map.
///
/// Quad q lies between the centres of map pixels q - 1 and q, so quads 0 and `mapCount` are the
/// halves outside the first and last centre.
final class SampleAxis {
  let samples: Int
  let quads: Int
  /// First sample of each quad; at the end the number of samples.
  let firstSample: UnsafeMutablePointer<UInt16>
  /// Of each sample, its place within its quad: 0 at one map pixel's centre, 1 at the next.
  let fraction: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - lumaCount: luma samples along the axis.
  ///   - log2Step: of luma samples a sample of this plane stands for.
  ///   - offset: luma samples from the first of them to where this plane's sample is sited.
  init(lumaCount: Int, log2Step: Int, offset: Double, mapCount: Int) {
    samples = -(-lumaCount >> log2Step)
    quads = mapCount + 1
    firstSample = .allocate(capacity: quads + 1)
    fraction = .allocate(capacity: samples)
    firstSample.initialize(repeating: UInt16(samples), count: quads + 1)
    fraction.initialize(repeating: 0, count: samples)
    var filled = 0
    for sample in 0..<samples {
      let position = Double(sample << log2Step) + offset
      let place = (position + 0.5) * Double(mapCount) / Double(lumaCount) + 0.5
      let quad = min(max(Int(place.rounded(.down)), 0), mapCount)
      fraction[sample] = Float(min(max(place - Double(quad), 0), 1))
      while filled <= quad {
        firstSample[filled] = UInt16(sample)
        filled += 1
      }
    }
  }

  deinit {
    firstSample.deallocate()
    fraction.deallocate()
  }
}
