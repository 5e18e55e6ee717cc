import ArgumentParser

struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Eval")
}
