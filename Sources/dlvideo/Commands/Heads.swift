import ArgumentParser

struct Heads: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Heads")
}
