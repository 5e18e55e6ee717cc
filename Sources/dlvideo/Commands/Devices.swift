import ArgumentParser

struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Devices")
}
