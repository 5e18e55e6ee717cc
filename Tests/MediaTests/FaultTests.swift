import Foundation
import Media
import Testing

/// Every FFmpeg call is made to fail in turn: one clear error, nothing half-written, no leak.
@Suite(.serialized) struct FaultTests {
  let work = Workspace()

  init() throws { try Scenario.prepare(work) }

  /// Each kind of call is reached by some way through the module; wherever it fails, for want of
  /// memory or by an error of the system, the output is gone or whole.
  @Test(arguments: FFmpegCall.allCases)
  func everyCallMayFail(call: FFmpegCall) throws {
    var reached = false
    for scenario in Scenario.all where scenario.calls?.contains(call) ?? true {
      for (nth, code) in [(1, -12), (3, -5)] as [(Int, Int32)] {
        let plan = FaultPlan(call, nth: nth, code: code)
        let error = mediaError {
          try FaultInjection.$plan.withValue(plan) { try scenario.run(work) }
        }
        reached = reached || plan.hasFired
        let place = "\(call) \(nth) in \(scenario.name)"
        if let error {
          #expect(plan.hasFired, "\(place): \(error)")
          #expect(!error.description.isEmpty && !error.description.contains("\n"))
          if let output = scenario.output { #expect(!work.exists(output), "\(place) left a part") }
        } else if let output = scenario.output {
          // Not reached, or survived (a seek, a broken end): the output is then whole.
          #expect(try !readAll(work[output]).isEmpty, "\(place)")
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: work.path)
        where name.hasPrefix("out") {
          try FileManager.default.removeItem(atPath: work[name])
        }
        if !plan.hasFired { break }
      }
    }
    #expect(reached, "no scenario makes the call \(call)")
  }

  @Test func failuresLeakNoFiles() throws {
    func openFiles() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
      }.filter { $0.hasPrefix(work.path) }
    }
    for call in FFmpegCall.allCases {
      let plan = FaultPlan(call, nth: 1, code: -5)
      FaultInjection.$plan.withValue(plan) {
        _ = try? transcode(work["in.mp4"], to: work["out.mp4"])
      }
      #expect(try openFiles().isEmpty, "\(call)")
      try? FileManager.default.removeItem(atPath: work["out.mp4"])
    }
  }
}

/// The module's own text: no call of FFmpeg's that may fail is made past the injection.
@Suite struct FFmpegCallAudit {
  /// Calls that cannot fail, or whose answer "there is none" is a value like any other.
  private static let infallible: Set<String> = [
    "av_rescale_q", "av_q2d", "av_cmp_q", "av_compare_ts", "av_reduce", "av_packet_free",
    "av_packet_unref", "av_packet_move_ref", "av_packet_rescale_ts", "av_frame_free",
    "av_frame_unref", "av_frame_move_ref", "av_frame_is_writable", "av_free", "av_freep",
    "av_dict_get", "av_dict_free", "av_strerror", "av_log_set_level", "av_cpu_count",
    "av_url_split", "av_get_pix_fmt", "av_pix_fmt_desc_get", "av_pix_fmt_count_planes",
    "av_image_get_buffer_size", "av_image_fill_arrays", "av_buffer_pool_uninit", "av_opt_find",
    "av_guess_format", "av_guess_codec", "av_guess_frame_rate", "av_guess_sample_aspect_ratio",
    "av_find_input_format", "av_codec_get_id", "av_codec_get_tag2", "av_stream_get_side_data",
    "avcodec_get_name", "avcodec_get_type", "avcodec_find_encoder", "avcodec_find_decoder",
    "avcodec_find_encoder_by_name", "avcodec_descriptor_get_by_name", "avcodec_free_context",
    "avcodec_find_best_pix_fmt_of_list", "avformat_query_codec", "avformat_free_context",
    "avformat_close_input", "avformat_network_init", "avformat_index_get_entry",
    "avformat_index_get_entries_count", "avio_tell", "avio_size", "avio_context_free",
    "avio_find_protocol_name", "sws_freeContext", "sws_getCoefficients",
    // Answers whether there are YUV tables to set, which RGB has none of.
    "sws_setColorspaceDetails",
    // The error stays in the context, where it is looked for afterwards.
    "avio_flush",
  ]
  /// Those that may fail and are looked at in another way, by file.
  private static let lookedAt: Set<String> = [
    // A few hundred bytes when the program begins; without them it could not even say so.
    "Owned.swift:av_packet_alloc", "VideoFrame.swift:av_frame_alloc",
    // Closes in any case; the fault is put beside its result.
    "Muxer.swift:avio_closep", "OpenGuard.swift:avio_closep",
    // Of an output that is being thrown away.
    "Muxer.swift:av_write_trailer",
    // nil: not redirected.
    "OpenGuard.swift:av_opt_get",
    // For tests of other modules, which get nil.
    "VideoFrame+Allocate.swift:av_frame_get_buffer",
  ]

  @Test func everyFallibleCallGoesThroughTheInjection() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/Media").standardized
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    let call = /\b(?:av|avcodec|avformat|avio|sws|avdevice)_[A-Za-z0-9_]+(?=\()/
    var guarded = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: call) {
        let name = String(match.output)
        let line = text[..<match.range.lowerBound].split(
          separator: "\n", omittingEmptySubsequences: false)
        if line.last?.contains("//") == true || Self.infallible.contains(name) { continue }
        // The closure that the call stands in begins a few lines before it.
        let before = line.suffix(9).joined(separator: "\n")
        let isGuarded = before.contains(/(?:attempt|check|checkedCode|checkedPointer)\(\s*\./)
        guarded += isGuarded ? 1 : 0
        #expect(
          isGuarded || Self.lookedAt.contains(file.lastPathComponent + ":" + name),
          "\(file.lastPathComponent):\(line.count): \(name) is not checked")
      }
    }
    #expect(guarded > 40)
  }

  /// Nothing is ever handed to a shell or another program.
  @Test func noOtherProgramIsStarted() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources").standardized
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var count = 0
    for case let file as URL in files where ["swift", "c", "h", "inc"].contains(file.pathExtension)
    {
      count += 1
      let text = try String(contentsOf: file, encoding: .utf8)
      let found = text.firstMatch(
        of: /\b(?:posix_spawnp?|popen|system|execv[pe]*|execl[pe]*|v?fork|Process)\s*\(/)
      #expect(found == nil, "\(file.lastPathComponent): \(found.map { String($0.output) } ?? "")")
    }
    #expect(count > 100)
  }
}
