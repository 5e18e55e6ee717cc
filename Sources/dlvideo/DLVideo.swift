import ArgumentParser

@main
struct DLVideo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dlvideo", abstract: "Parse a video: every pixel's class, every object's mask.")
}
