import ArgumentParser
import DeeperLab
import Glibc

/// A picture's sides as a person writes them: `512x288`.
package struct FrameSize: Equatable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  package var width: Int
  package var height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  package init?(argument: String) {
    let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    guard sides.count == 2, let width = Int(sides[0]), let height = Int(sides[1]),
      (1...65536).contains(width), (1...65536).contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  package var description: String { "\(width)x\(height)" }
  package var aspect: Double { Double(width) / Double(height) }

  /// The sides the network takes are multiples of its output stride.
  static let networkMultiple = 16
  static let largestNetworkSide = ModelDescription.sideLimit

  package var suitsNetwork: Bool {
    width % Self.networkMultiple == 0 && height % Self.networkMultiple == 0
      && width <= Self.largestNetworkSide && height <= Self.largestNetworkSide
  }

  /// The nearest size that the network takes.
  package var nearestForNetwork: FrameSize {
    func nearest(_ side: Int) -> Int {
      let multiple = Self.networkMultiple
      return min(
        Self.largestNetworkSide, max(multiple, (side + multiple / 2) / multiple * multiple))
    }
    return FrameSize(width: nearest(width), height: nearest(height))
  }

  /// The network's size for a picture whose upright display aspect (width over height, the
  /// sample aspect ratio counted in) is `aspect`.
  ///
  /// The model's own size where the aspect is within 10 % of its own: that is what it was trained
  /// for. Else the multiples of 16 of about the same area that distort the picture least.
  package static func network(model: FrameSize, aspect: Double) -> FrameSize {
    guard aspect.isFinite, aspect > 0 else { return model }
    let distortion = max(aspect / model.aspect, model.aspect / aspect)
    if distortion <= 1.1 { return model }
    let area = Double(model.width * model.height)
    var best = model
    var bestCost = Double.infinity
    for width in stride(from: networkMultiple, through: largestNetworkSide, by: networkMultiple) {
      for height in [Double(width) / aspect, area / Double(width)] {
        let candidate = FrameSize(width: width, height: Int(height.rounded())).nearestForNetwork
        let stretch = abs(log2(candidate.aspect / aspect))
        let growth = abs(log2(Double(candidate.width * candidate.height) / area))
        // A stretched picture costs more than a somewhat larger or smaller one.
        let cost = 4 * stretch + growth
        if cost < bestCost {
          bestCost = cost
          best = candidate
        }
      }
    }
    return best
  }
}
