import Panoptic

/// Tables about grouping, fusion and tracking on made-up scenes.
@main
struct PanopticBench {
  static func main() throws {
    switch CommandLine.arguments.dropFirst().first {
    case "ideal":
      for decoding in Decoding.allCases {
        print("\n\(decoding.rawValue): ideal maps")
        try IdealTable.printTable(decoding)
        print("\n\(decoding.rawValue): with noise")
        try IdealTable.printNoiseCurve(decoding)
      }
    default:
      print("usage: PanopticBench ideal")
    }
  }
}
