import ArgumentParser

struct Profile: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Profile")
}
