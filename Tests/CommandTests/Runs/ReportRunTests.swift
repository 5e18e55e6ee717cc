import Foundation
import Testing

/// The files that a run writes beside the video.
@Suite struct ReportRunTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// Runs the job on 7 frames with every report on.
  private func parse(_ more: String...) throws {
    try Clips.make(folder.path("in.mp4"), frames: 7)
    let result = try Program.run(
      Program.binary,
      [
        "in.mp4", "-o", "out.mp4", "--size", "64x48", "--stats", "s.csv", "--json", "s.jsonl",
        "--panoptic", "masks", "--trace", "t.json",
      ] + more, folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
  }

  private func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func lines() throws -> [[String: Any]] {
    try folder.text("s.jsonl").split(separator: "\n").map { try object(Data($0.utf8)) }
  }

  @Test func aRowAndALineForEachFrame() throws {
    try parse()
    let rows = try folder.text("s.csv").split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let header = rows[0]
    #expect(header.prefix(2) == ["frame", "pts"])
    #expect(header.suffix(3) == ["latency_ms", "dropped", "instances"])
    #expect(header.dropFirst(2).dropLast(2).allSatisfy { $0.hasSuffix("_ms") })
    #expect(rows.count == 8 && rows.allSatisfy { $0.count == header.count })
    let lines = try lines()
    #expect(lines.count == 7)
    for (number, line) in lines.enumerated() {
      #expect(line["frame"] as? Int == number)
      #expect(rows[number + 1][0] == String(number))
      #expect(line["pts"] as? Int == Int(rows[number + 1][1]))
      let segments = try #require(line["segments"] as? [[String: Any]])
      #expect(segments.compactMap { $0["area"] as? Int }.reduce(0, +) == 96 * 64)
      let things = segments.count { $0["isthing"] as? Int == 1 }
      #expect(Int(try #require(rows[number + 1].last)) == things)
    }
    let trace = try JSONSerialization.jsonObject(with: try folder.data("t.json")) as? [Any]
    #expect((trace?.count ?? 0) > 7 * 10)
  }

  /// The PNGs, the folder's JSON and the JSON lines tell the same areas, boxes and ids.
  @Test func masksAndListingsAgree() throws {
    try parse()
    let index = try object(try folder.data("masks/panoptic.json"))
    let annotations = try #require(index["annotations"] as? [[String: Any]])
    let images = try #require(index["images"] as? [[String: Any]])
    let categories = try #require(index["categories"] as? [[String: Any]])
    #expect(annotations.count == 7 && images.count == 7)
    let known = Set(categories.compactMap { $0["id"] as? Int })
    for (annotation, line) in zip(annotations, try lines()) {
      let name = try #require(annotation["file_name"] as? String)
      let pixels = try Clips.tool([
        "ffmpeg", "-v", "error", "-i", folder.path("masks/" + name), "-f", "rawvideo",
        "-pix_fmt", "rgb24", "-",
      ])
      #expect(pixels.count == 96 * 64 * 3)
      var areas: [Int: Int] = [:]
      for pixel in 0..<pixels.count / 3 {
        let id =
          Int(pixels[3 * pixel]) + Int(pixels[3 * pixel + 1]) << 8
          + Int(pixels[3 * pixel + 2]) << 16
        areas[id, default: 0] += 1
      }
      let segments = try #require(annotation["segments_info"] as? [[String: Any]])
      let told = Dictionary(
        uniqueKeysWithValues: segments.map { ($0["id"] as! Int, $0["area"] as! Int) })
      #expect(told == areas)
      for segment in segments {
        let category = try #require(segment["category_id"] as? Int)
        #expect(known.contains(category))
        #expect(segment["id"] as! Int / 1000 == category)
      }
      let inLine = try #require(line["segments"] as? [[String: Any]])
      #expect(
        Set(inLine.map { "\($0["id"]!) \($0["area"]!) \($0["bbox"]!)" })
          == Set(segments.map { "\($0["id"]!) \($0["area"]!) \($0["bbox"]!)" }))
    }
  }

  @Test func everyNthFrameIsParsedAndTheOthersKeepItsResult() throws {
    try parse("--every", "3")
    let lines = try lines()
    #expect(lines.map { $0["parsed"] as? Bool } == [0, 1, 2, 3, 4, 5, 6].map { $0 % 3 == 0 })
    let texts = try folder.text("s.jsonl").split(separator: "\n").map {
      String($0[$0.range(of: "\"segments\"")!.lowerBound...])
    }
    #expect(texts[0] == texts[1] && texts[1] == texts[2] && texts[3] == texts[5])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("masks")).sorted()
        == ["000000.png", "000003.png", "000006.png", "panoptic.json"])
    #expect(try Probe.frameTimes(folder.path("out.mp4")).count == 7)
  }

  /// What `--panoptic` wrote is what `eval` reads: against itself it is perfect.
  @Test func predictionsScoreFullAgainstThemselves() throws {
    try parse()
    let result = try Program.run(
      Program.binary,
      [
        "eval", "--gt", "masks/panoptic.json", "--gt-dir", "masks", "--pred",
        "masks/panoptic.json", "--pred-dir", "masks", "--json", "scores.json",
      ], folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.outputText.contains("PQ"))
    let scores = try object(try folder.data("scores.json"))
    let all = try #require(scores["all"] as? [String: Any])
    #expect(all["pq"] as? Double == 1 && all["sq"] as? Double == 1 && all["rq"] as? Double == 1)
    #expect((all["n"] as? Int ?? 0) > 0)
    #expect(scores["pc"] as? Double == 1 && scores["miou"] as? Double == 1)
    #expect(scores["things"] != nil && scores["stuff"] != nil && scores["per_class"] != nil)
  }

  /// The model itself on the pictures that the masks were made of agrees with them.
  @Test func theModelIsEvaluatedOnPictures() throws {
    try Clips.ffmpeg([
      "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25", "-frames:v", "2", "-start_number", "0",
      folder.path("%06d.png"),
    ])
    let run = try Program.run(
      Program.binary,
      [
        "%06d.png", "-o", "out.mp4", "--size", "64x48", "--precision", "fp32", "--panoptic",
        "masks",
      ],
      folder: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let result = try Program.run(
      Program.binary,
      [
        "eval", "--gt", "masks/panoptic.json", "--gt-dir", "masks", "--images", ".", "--size",
        "64x48", "--precision", "fp32", "--json", "scores.json",
      ], folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let all = try #require(try object(try folder.data("scores.json"))["all"] as? [String: Any])
    #expect((all["pq"] as? Double ?? 0) > 0.95, "\(all)")
  }

  @Test func headsAreFloatTensorsOfTheDocumentedShape() throws {
    try Clips.ffmpeg([
      "-f", "lavfi", "-i", "testsrc2=size=96x64", "-frames:v", "1", folder.path("in.png"),
    ])
    let result = try Program.run(
      "heads", "in.png", "-o", "out.safetensors", "--size", "96x64", folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let data = try folder.data("out.safetensors")
    let length = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let header = try object(data.subdata(in: 8..<8 + length))
    for (name, channels) in [
      ("semantic", 11), ("keypoint_heatmap", 5), ("long_range", 10), ("short_range", 10),
      ("middle_range", 16),
    ] {
      let tensor = try #require(header[name] as? [String: Any])
      #expect(tensor["dtype"] as? String == "F32")
      #expect(tensor["shape"] as? [Int] == [1, channels, 16, 24])
    }
  }
}
