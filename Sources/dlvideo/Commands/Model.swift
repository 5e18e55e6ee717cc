import ArgumentParser

struct Model: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Model")
}
