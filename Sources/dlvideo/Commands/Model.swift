import ArgumentParser

/// Model files: what is in one, and calibrating one for int8.
struct Model: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is in a model file; calibrate one for int8.",
    usage: """
      dlvideo model [<model>] [--json]
      dlvideo model --list
      dlvideo model calibrate <model> --images <pictures> [-o <out>]
      """,
    subcommands: [ModelShow.self, ModelCalibrate.self],
    defaultSubcommand: ModelShow.self)
}
