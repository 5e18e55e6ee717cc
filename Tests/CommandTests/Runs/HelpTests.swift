import Foundation
import Testing

/// Help is what people learn the program from; its text changes only on purpose.
/// `Tools/golden/help` writes the texts anew.
@Suite struct HelpTests {
  @Test(arguments: ["", "run", "profile", "eval", "heads", "model", "model calibrate", "devices"])
  func textsAreAsWritten(command: String) throws {
    let name = command.isEmpty ? "dlvideo" : command
    let golden = Bundle.module.bundleURL.appendingPathComponent(
      "Golden/help-\(name.replacing(" ", with: "-")).txt")
    let result = try Program.run(
      Program.binary,
      command.isEmpty ? ["--help"] : ["help"] + command.split(separator: " ").map(String.init))
    #expect(result.status == 0)
    #expect(result.outputText == (try String(contentsOf: golden, encoding: .utf8)))
    let longest = result.outputText.split(separator: "\n").map(\.count).max() ?? 0
    #expect(longest <= 80)
  }

  @Test func withoutArgumentsTheHelpIsShown() throws {
    let result = try Program.run(Program.binary, [])
    #expect(result.status == 64)
    #expect(result.errors.contains("dlvideo <input> -o <output>"))
  }
}
