import Foundation
import Pipeline
import Testing

@Suite struct ObserverTests {
  private func run(
    frames: Int, failAt: Int? = nil, observers: [any FrameObserver<NumberSlot>]
  ) throws {
    let pipeline = Pipeline(
      slots: makeSlots(4), source: counting(to: frames),
      stages: [
        Stage("work, \"hard\"") { slot, _ in
          sleep(microseconds: 100)
          if slot.number == failAt { throw Break(at: slot.number) }
        },
        Stage("write") { _, _ in },
      ], observers: observers)
    try pipeline.run()
  }

  private func events(_ file: TemporaryFile) throws -> [[String: Any]] {
    let json = try JSONSerialization.jsonObject(with: Data(file.text.utf8))
    return try #require(json as? [[String: Any]])
  }

  @Test func traceIsJSONWithSlicesThatNestAndFlowsThatMatch() throws {
    let file = TemporaryFile()
    try run(frames: 50, observers: [TraceWriter<NumberSlot>(path: file.path, overwrite: false)])
    let events = try events(file)
    let threadNames = events.filter { $0["name"] as? String == "thread_name" }
      .compactMap { ($0["args"] as? [String: Any])?["name"] as? String }
    #expect(threadNames == ["source", "work, \"hard\"", "write"])
    for track in 0..<3 {
      let onTrack = events.filter { $0["tid"] as? Int == track }
      let slices = try onTrack.filter { $0["ph"] as? String == "X" }.map { event in
        (begin: try #require(event["ts"] as? Double), length: try #require(event["dur"] as? Double))
      }
      #expect(slices.count == 50)
      #expect(
        zip(slices, slices.dropFirst()).allSatisfy { $0.begin + $0.length <= $1.begin + 0.01 })
      let flows = onTrack.filter { ["s", "t", "f"].contains($0["ph"] as? String) }
      #expect(flows.map { $0["id"] as? Int } == Array(0..<50))
      let phase = ["s", "t", "f"][track]
      #expect(flows.allSatisfy { $0["ph"] as? String == phase })
      // A flow's step lies in its slice.
      for (flow, slice) in zip(flows, slices) {
        let time = try #require(flow["ts"] as? Double)
        #expect(slice.begin <= time && time <= slice.begin + slice.length)
      }
    }
  }

  @Test func partsLieWithinTheirStagesSlice() throws {
    let file = TemporaryFile()
    // The stage's own clock: when it began, a little later, and now.
    let times = PartTimes()
    let pipeline = Pipeline(
      slots: makeSlots(1), source: counting(to: 20),
      stages: [
        Stage("work") { _, _ in
          times.moments = [MonotonicClock.now()]
          sleep(microseconds: 50)
          times.moments.append(MonotonicClock.now())
          sleep(microseconds: 50)
          times.moments.append(MonotonicClock.now())
        }
      ],
      observers: [
        try TraceWriter<NumberSlot>(
          path: file.path, overwrite: false,
          parts: [
            StageParts(stage: "work", names: ["a", "none", "b \"c\""]) { _, part in
              // The second part had no work on this frame.
              part == 1
                ? (0, 0) : (times.moments[part == 0 ? 0 : 1], times.moments[part == 0 ? 1 : 2])
            }, StageParts(stage: "no such stage", names: ["x"]) { _, _ in (1, 2) },
          ])
      ])
    try pipeline.run()
    let slices = try events(file).filter { $0["ph"] as? String == "X" && $0["tid"] as? Int == 1 }
    #expect(slices.count == 60)
    for frame in 0..<20 {
      let (stage, a, b) = (slices[3 * frame], slices[3 * frame + 1], slices[3 * frame + 2])
      #expect(a["name"] as? String == "a" && b["name"] as? String == "b \"c\"")
      func ends(_ event: [String: Any]) throws -> (Double, Double) {
        let begin = try #require(event["ts"] as? Double)
        return (begin, begin + (try #require(event["dur"] as? Double)))
      }
      let (outer, first, second) = (try ends(stage), try ends(a), try ends(b))
      #expect(outer.0 <= first.0 && first.1 <= second.0 + 0.01 && second.1 <= outer.1 + 0.01)
    }
  }

  @Test func traceOfAFailedRunIsWholeAndTellsTheError() throws {
    let file = TemporaryFile()
    #expect(throws: Break(at: 5)) {
      try run(
        frames: 50, failAt: 5,
        observers: [TraceWriter<NumberSlot>(path: file.path, overwrite: false)])
    }
    let events = try events(file)
    #expect(events.filter { $0["ph"] as? String == "X" }.count == 15)
    let error = try #require(events.first { $0["name"] as? String == "error" })
    #expect((error["args"] as? [String: String])?["message"] == "Break(at: 5)")
    #expect(error["tid"] as? Int == 1)
  }

  @Test func tableHasARowForEachFrame() throws {
    let file = TemporaryFile()
    try run(
      frames: 30,
      observers: [
        FrameTable<NumberSlot>(
          path: file.path, overwrite: false,
          leading: [.init("pts") { slot, _ in .decimal(Double(slot.number) / 25, places: 3) }],
          trailing: [
            .init("instances") { slot, _ in .integer(-slot.number) },
            .init("note") { slot, _ in slot.number == 1 ? .text("a \"b\", c") : .empty },
          ])
      ])
    let lines = file.text.components(separatedBy: "\n")
    #expect(
      lines[0]
        == "frame,pts,source_ms,\"work, \"\"hard\"\"_ms\",write_ms,latency_ms,dropped,instances,note"
    )
    #expect(lines.count == 32 && lines[31].isEmpty)
    let fields = lines[13].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    #expect(fields.count == 9)
    #expect(fields[0] == "12" && fields[1] == "0.480" && fields[6] == "0" && fields[7] == "-12")
    #expect(fields[8] == "")
    #expect(try #require(Double(fields[3])) >= 0.1)
    #expect(try #require(Double(fields[5])) >= #require(Double(fields[3])))
    #expect(lines[2].hasSuffix(",-1,\"a \"\"b\"\", c\""))
  }

  @Test func rowsAreThinnedEvenly() {
    var rows = ThinnedRows(columns: 2, capacity: 4)
    for number in 0..<33 {
      rows.add { UInt64(10 * number + $0) }
      #expect(rows.count <= 4)
    }
    #expect(rows.step == 16)
    #expect((0..<rows.count).map { rows[$0, 0] } == [0, 160, 320])
    #expect((0..<rows.count).map { rows[$0, 1] } == [1, 161, 321])
  }

  @Test func historyStaysBounded() throws {
    let history = FrameHistory<NumberSlot>(capacity: 16)
    try run(frames: 200, observers: [history])
    let (rows, every) = history.rows()
    #expect(every == 16)
    #expect(rows.map(\.frame) == Array(stride(from: 0, to: 200, by: every)))
    #expect(rows.allSatisfy { $0.stageMilliseconds.count == 3 && $0.stageMilliseconds[1] >= 0.1 })
  }

  @Test func existingFilesAndWrongPathsAreRefused() throws {
    let file = TemporaryFile()
    try Data("keep".utf8).write(to: URL(fileURLWithPath: file.path))
    #expect(throws: PipelineError.fileExists(path: file.path)) {
      try TraceWriter<NumberSlot>(path: file.path, overwrite: false)
    }
    #expect(file.text == "keep")
    try run(frames: 1, observers: [FrameTable<NumberSlot>(path: file.path, overwrite: true)])
    #expect(file.text.hasPrefix("frame,"))
    let wrong = "/nonexistent/folder/x.csv"
    #expect(
      throws: PipelineError.cannotCreateFile(path: wrong, reason: "No such file or directory")
    ) { try FrameTable<NumberSlot>(path: wrong, overwrite: true) }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsReported() throws {
    #expect(
      throws: PipelineError.writeFailed(path: "/dev/full", reason: "No space left on device")
    ) {
      try run(
        frames: 3, observers: [FrameTable<NumberSlot>(path: "/dev/full", overwrite: true)])
    }
  }

  @Test func numbersAreWrittenAsTheyAre() {
    func text(_ write: (inout TextRow) -> Void) -> String {
      var row = TextRow()
      write(&row)
      return String(decoding: row.bytes, as: UTF8.self)
    }
    #expect(text { $0.append(0) } == "0")
    #expect(text { $0.append(Int.min) } == "\(Int.min)")
    #expect(text { $0.append(Int.max) } == "\(Int.max)")
    #expect(text { $0.append(milliseconds: 1_234_499) } == "1.234")
    #expect(text { $0.append(milliseconds: 1_234_500) } == "1.235")
    #expect(text { $0.append(milliseconds: 999_999_999) } == "1000.000")
    #expect(text { $0.append(microseconds: 7) } == "0.007")
    #expect(text { $0.append(-1.25, places: 1) } == "-1.3")
    #expect(text { $0.append(2.999, places: 2) } == "3.00")
    #expect(text { $0.append(-0.001, places: 2) } == "0.00")
    #expect(text { $0.append(12.0, places: 0) } == "12")
    #expect(text { $0.append(.nan, places: 2) } == "")
    #expect(text { $0.append(.infinity, places: 2) } == "")
    #expect(text { $0.append(json: "a\"\\\n\u{1F}é") } == "\"a\\\"\\\\\\u000a\\u001fé\"")
    #expect(text { $0.append(csv: "plain") } == "plain")
    #expect(text { $0.append(csv: "a\nb") } == "\"a\nb\"")
  }
}

/// Written by a stage while it holds the only slot, read by the trace before the slot is free.
private final class PartTimes: @unchecked Sendable { var moments: [UInt64] = [] }
