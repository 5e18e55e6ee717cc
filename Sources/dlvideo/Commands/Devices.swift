import ArgumentParser
import Media

/// The cameras of this machine.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List cameras with their formats, sizes and rates.",
    discussion: """
      What is listed is what an input may ask for, as in
      dlvideo 'v4l2:///dev/video0?size=1280x720&fps=30&format=mjpeg' -o parsed.mp4
      """)

  func run() throws {
    let cameras = CameraList.cameras()
    if cameras.isEmpty { print("no cameras (there is no /dev/video* that captures)") }
    for camera in cameras {
      print("\(camera.path)  \(camera.name) (\(camera.driver))")
      for format in camera.readable {
        print("  format=\(format.name ?? "")  \(format.detail) (\(format.fourCC))")
        for size in format.sizes {
          let rates = size.rates.map { $0.value.decimal($0.den == 1 ? 0 : 2) }
          let upTo =
            size.largestWidth > size.width ? "...\(size.largestWidth)x\(size.largestHeight)" : ""
          let line =
            "    size=" + "\(size.width)x\(size.height)\(upTo)".padded(10)
            + (rates.isEmpty ? "" : "  fps=" + rates.joined(separator: " "))
          print(line)
        }
      }
      let unread = camera.formats.filter { $0.name == nil }.map(\.fourCC)
      if !unread.isEmpty { print("  not read: " + unread.joined(separator: " ")) }
    }
  }
}
