import Foundation
import Testing

@Suite struct ProfileRunTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  private func profile(_ name: String, _ more: String...) throws -> Program.Result {
    try Program.run(
      Program.binary,
      [
        "profile", "lavfi:testsrc2=size=96x64:rate=25", "--frames", "60", "--size", "64x48",
        "--json", "\(name).json",
      ] + more, folder: folder.url)
  }

  @Test func tableFiguresPageAndComparison() throws {
    let result = try profile("a", "--html", "a.html", "--trace", "a.trace")
    #expect(result.status == 0, "\(result.errors)")
    for word in [
      "fps", "p50 ms", "share", "encoder", "decoder", "heads", "overlay", "write", "latency",
    ] {
      #expect(result.outputText.contains(word), "\(word)")
    }
    let figures = try #require(
      try JSONSerialization.jsonObject(with: folder.data("a.json")) as? [String: Any])
    let summary = try #require(figures["summary"] as? [String: Any])
    #expect(summary["frames"] as? Int == 60)
    #expect((figures["frames"] as? [Any])?.count == 60)
    #expect((figures["peakResidentBytes"] as? Int ?? 0) > 1_000_000)

    let page = try folder.text("a.html")
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    // It must work offline: nothing is fetched.
    #expect(!page.contains("src=") && !page.contains("href=") && !page.contains("@import"))
    #expect(
      try JSONSerialization.jsonObject(with: folder.data("a.trace")) is [Any])

    #expect(try profile("b", "--no-encode").status == 0)
    let compared = try Program.run(
      "profile", "--compare", "a.json", "b.json", folder: folder.url)
    #expect(compared.status == 0, "\(compared.errors)")
    #expect(compared.outputText.contains("before") && compared.outputText.contains("a frame"))
  }

  @Test func wrongFilesAndOptionsAreTold() throws {
    try Data("{}".utf8).write(to: folder.url.appendingPathComponent("x.json"))
    let missing = try Program.run(
      "profile", "--compare", "none.json", "x.json", folder: folder.url)
    #expect(missing.status == 66 && missing.errors.contains("none.json"))
    let wrong = try Program.run("profile", "--compare", "x.json", "x.json", folder: folder.url)
    #expect(wrong.status == 65 && wrong.errors.contains("x.json"))
    #expect(try Program.run("profile", folder: folder.url).status == 64)
    #expect(try Program.run("profile", "--compare", "x.json", folder: folder.url).status == 64)
  }
}
