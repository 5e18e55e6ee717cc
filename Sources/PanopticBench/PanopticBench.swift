import CKernels
import Glibc
import Panoptic

/// Tables about grouping, fusion and tracking on made-up scenes.
@main
struct PanopticBench {
  static let usage = """
    usage: PanopticBench ideal [DECODING] [NAME=VALUE ...]   PQ of decoded ideal maps
           PanopticBench noise [DECODING] [NAME=VALUE ...]   the same with more and more noise
           PanopticBench cost                                time and memory a frame takes
           PanopticBench tracking                            identities over made-up clips
    DECODING is deeperlab or panoptic-deeplab; NAME a grouping parameter of a model file.
    Exit status: 64 for a wrong command line.
    """

  static func main() {
    if let wish = ck_isa_unmet_wish() {
      fail("PanopticBench: DLVIDEO_ISA=\(String(cString: wish)) is no instruction set of this CPU")
    }
    do {
      try run(CommandLine.arguments.dropFirst())
    } catch {
      fail("PanopticBench: \(error)")
    }
  }

  private static func fail(_ line: String) -> Never {
    _ = (line + "\n").withCString { write(STDERR_FILENO, $0, strlen($0)) }
    exit(EX_USAGE)
  }

  private static func run(_ arguments: ArraySlice<String>) throws {
    var decoding = Decoding.deeperLab
    var values: [String: Double] = [:]
    for argument in arguments.dropFirst() {
      let parts = argument.split(separator: "=")
      if parts.count == 2, let value = Double(parts[1]) {
        values[String(parts[0])] = value
      } else {
        decoding = try Decoding(name: argument)
      }
    }
    let parameters = try GroupingParameters(keypointRadius: IdealTable.radius, values: values)
    switch arguments.first {
    case "ideal": try IdealTable.printTable(decoding, parameters)
    case "noise": try IdealTable.printNoiseCurve(decoding, parameters)
    case "cost": CostTable.printTable()
    case "tracking": try TrackingTable.printTable()
    default: fail(usage)
    }
  }
}
