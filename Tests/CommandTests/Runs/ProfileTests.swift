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

  private func figures(_ name: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: folder.data(name)) as? [String: Any])
  }

  @Test func tableTellsStagesLayersAndTheMachine() throws {
    let result = try profile("a")
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.outputText.split(separator: "\n").map(String.init)
    for word in [
      "fps", "frames dropped", "peak memory", "p50 ms", "on core", "no input", "no room", "queue",
      "latency", "cores", "other programs", "GFLOP/s", "GB/s", "of roof", "its peak with",
    ] {
      #expect(result.outputText.contains(word), "\(word)")
    }
    for row in [
      "read", "preprocess", "encoder", "decoder", "heads", "grouping", "fusion", "tracking",
      "overlay", "write", "encoder.stem", "encoder.blocks.16", "aspp.atrous.2",
      "decoder.refine.1.pointwise", "heads.middle_range",
    ] {
      #expect(lines.contains { $0.hasPrefix(row + " ") }, "\(row)")
    }
  }

  @Test func figuresAddUp() throws {
    #expect(try profile("a").status == 0)
    let figures = try figures("a.json")
    let summary = try #require(figures["summary"] as? [String: Any])
    #expect(summary["frames"] as? Int == 60)
    #expect((figures["frames"] as? [Any])?.count == 60)
    #expect((figures["peakResidentBytes"] as? Int ?? 0) > 1_000_000)
    let wall = try #require(summary["wallSeconds"] as? Double)
    #expect(try #require(figures["processSeconds"] as? Double) > 0)
    let threads = try #require(figures["threads"] as? [[String: Any]])
    let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
    let coreSeconds = threads.reduce(0) { $0 + ($1["coreSeconds"] as? Double ?? 0) }
    #expect(coreSeconds <= wall * cores * 1.5 + 1)

    let peak = try #require(figures["peak"] as? [String: Any])
    let operations = try #require(peak["operationsPerCore"] as? [String: Double])
    #expect(try #require(operations["fp32"]) > 1e8)
    #expect(try #require(peak["bytesPerCore"] as? Double) > 1e7)

    let layers = try #require(figures["layers"] as? [[String: Any]])
    #expect(layers.count == 34)
    let stages = try #require(summary["stages"] as? [[String: Any]])
    for stage in ["encoder", "decoder", "heads"] {
      let own = layers.filter { $0["stage"] as? String == stage }
      let times = try own.map { try #require($0["milliseconds"] as? [Double]) }
      #expect(times.allSatisfy { $0.count == 60 })
      for layer in own {
        #expect((layer["operations"] as? Int ?? 0) > 0)
        #expect((layer["weightBytes"] as? Int ?? 0) > 0 && (layer["mapBytes"] as? Int ?? 0) > 0)
        // Core time is read for one frame in four.
        #expect((layer["coreMilliseconds"] as? [Double])?.count == 15)
      }
      // The layers of a frame lie one behind the other within its stage, and fill most of it.
      let place = try #require(stages.firstIndex { $0["name"] as? String == stage })
      let frames = try #require(figures["frames"] as? [[String: Any]])
      var (inLayers, inStage) = (0.0, 0.0)
      for (index, frame) in frames.enumerated() {
        let whole = try #require(frame["stageMilliseconds"] as? [Double])[place]
        let sum = times.reduce(0) { $0 + $1[index] }
        #expect(sum <= whole + 0.005, "\(stage), frame \(index)")
        inLayers += sum
        inStage += whole
      }
      #expect(inLayers > 0.5 * inStage, "\(stage)")
    }
  }

  @Test func pageWorksOffline() throws {
    #expect(try profile("a", "--html", "a.html").status == 0)
    let page = try folder.text("a.html")
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    // Nothing is fetched; the one address is the name of SVG's elements.
    for word in ["src=", "href=", "@import", "url(h", "fetch(", "XMLHttpRequest"] {
      #expect(!page.contains(word), "\(word)")
    }
    #expect(page.components(separatedBy: "://").count == 2)
    #expect(page.contains("http://www.w3.org/2000/svg"))
    // What it draws is the session: figures of all charts, shares that add up.
    let line = try #require(
      page.split(separator: "\n").first { $0.hasPrefix("const profile = ") })
    let json = line.dropFirst("const profile = ".count).dropLast()
    let data = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let layers = try #require(data["layers"] as? [[String: Any]])
    let stages = try #require(data["stages"] as? [[String: Any]])
    for rows in [layers, stages] {
      let sum = rows.reduce(0) { $0 + ($1["share"] as? Double ?? .nan) }
      #expect(abs(sum - 1) < 1e-6)
    }
    for key in ["frames", "latencies", "peaks", "cores", "tiles"] {
      #expect((data[key] as? [Any])?.isEmpty == false, "\(key)")
    }
    #expect(stages.dropFirst().allSatisfy { ($0["queue"] as? [Int])?.reduce(0, +) == 60 })
  }

  /// Stages as tracks, layers as slices within their stages', frames as flows.
  @Test func traceNestsLayersInStages() throws {
    #expect(try profile("a", "--trace", "a.trace").status == 0)
    let events = try #require(
      try JSONSerialization.jsonObject(with: folder.data("a.trace")) as? [[String: Any]])
    struct Slice {
      var name: String
      var begin: Double
      var end: Double
    }
    func slices(_ category: String, track: Int) throws -> [Slice] {
      try events.filter { $0["cat"] as? String == category && $0["tid"] as? Int == track }
        .map { event in
          let begin = try #require(event["ts"] as? Double)
          return Slice(
            name: try #require(event["name"] as? String), begin: begin,
            end: begin + (try #require(event["dur"] as? Double)))
        }
    }
    let names = events.filter { $0["name"] as? String == "thread_name" }
      .compactMap { ($0["args"] as? [String: Any])?["name"] as? String }
    for (track, name) in names.enumerated() {
      let stages = try slices("stage", track: track)
      #expect(stages.count == 60 && stages.allSatisfy { $0.name == name })
      let parts = try slices("part", track: track)
      let expected = ["encoder": 18, "decoder": 11, "heads": 5][name] ?? 0
      #expect(parts.isEmpty == (expected == 0))
      guard expected > 0 else { continue }
      #expect(Set(parts.map(\.name)).count == expected)
      var place = 0
      for stage in stages {
        var last = stage.begin
        while place < parts.count, parts[place].begin < stage.end {
          #expect(parts[place].begin >= last - 0.002 && parts[place].end <= stage.end + 0.002)
          last = parts[place].end
          place += 1
        }
      }
      #expect(place == parts.count)
    }
    let flows = events.filter { $0["cat"] as? String == "frame" }
    #expect(flows.count == 60 * names.count)
  }

  @Test func twoSessionsAreCompared() throws {
    #expect(try profile("a").status == 0)
    #expect(try profile("b", "--no-encode", "--threads", "1").status == 0)
    let compared = try Program.run(
      "profile", "--compare", "a.json", "b.json", folder: folder.url)
    #expect(compared.status == 0, "\(compared.errors)")
    for word in [
      "before", "a frame", "latency", "heads.semantic", "faster beyond noise: ", "; slower: ",
      "encoded: true before, false after", ", 1 after",
    ] {
      #expect(compared.outputText.contains(word), "\(word)")
    }
    // A session beside itself: nothing changed.
    let same = try Program.run("profile", "--compare", "a.json", "a.json", folder: folder.url)
    #expect(same.outputText.contains("faster beyond noise: nothing; slower: nothing"))
    #expect(same.outputText.contains("encoder.stem"))
  }

  /// A session with one layer and one stage changed: those, and only those, are told.
  @Test func whatChangedIsNamed() throws {
    #expect(try profile("a").status == 0)
    var changed = try figures("a.json")
    var layers = try #require(changed["layers"] as? [[String: Any]])
    let layer = try #require(layers.firstIndex { $0["name"] as? String == "aspp.project" })
    // Even noise, so that what is found does not hang on this machine's.
    for (file, factor) in [("a.json", 1.0), ("b.json", 0.8)] {
      let times = (0..<15).map { factor * (1 + 0.02 * Double($0 % 2)) }
      layers[layer]["coreMilliseconds"] = times
      changed["layers"] = layers
      var frames = try #require(changed["frames"] as? [[String: Any]])
      for index in frames.indices {
        var times = try #require(frames[index]["stageMilliseconds"] as? [Double])
        times[6] = (3 - 2 * factor) * (2 + 0.1 * Double(index % 3))
        frames[index]["stageMilliseconds"] = times
      }
      changed["frames"] = frames
      try JSONSerialization.data(withJSONObject: changed)
        .write(to: folder.url.appendingPathComponent(file))
    }
    let compared = try Program.run(
      "profile", "--compare", "a.json", "b.json", folder: folder.url)
    #expect(
      compared.outputText.contains(
        "faster beyond noise: aspp.project 20.0%; slower: fusion 40.0%"), "\(compared.outputText)")
    let rows = compared.outputText.split(separator: "\n")
    #expect(rows.filter { $0.hasSuffix("  faster") }.count == 1)
    #expect(rows.filter { $0.hasSuffix("  slower") }.count == 1)
  }

  @Test func framesThatAreNotParsedHaveNoLayers() throws {
    #expect(try profile("a", "--every", "4", "--trace", "a.trace").status == 0)
    let layers = try #require(try figures("a.json")["layers"] as? [[String: Any]])
    #expect(layers.allSatisfy { ($0["milliseconds"] as? [Double])?.count == 15 })
    let trace = try folder.text("a.trace")
    #expect(trace.components(separatedBy: "\"heads.semantic\"").count == 1 + 15)
  }

  @Test func layersCanBeLeftOut() throws {
    let result = try profile("a", "--no-layers", "--trace", "a.trace", "--html", "a.html")
    #expect(result.status == 0 && !result.outputText.contains("GFLOP/s"))
    #expect(result.outputText.contains("encoder "))
    #expect((try figures("a.json")["layers"] as? [Any])?.isEmpty == true)
    #expect(try !folder.text("a.trace").contains("\"part\""))
    let compared = try Program.run(
      "profile", "--compare", "a.json", "a.json", folder: folder.url)
    #expect(compared.status == 0 && !compared.outputText.contains("core ms"))
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
