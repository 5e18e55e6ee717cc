import Foundation
import Media
import Testing

/// What an input names, nobody opens unless the user named it: not another host, not a local file,
/// not what lies outside the folder.
@Suite struct ConfinementTests {
  let work = Workspace()

  private func playlist(_ lines: String...) -> String {
    (["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:1"] + lines
      + ["#EXT-X-ENDLIST", ""]).joined(separator: "\n")
  }

  /// One segment of two fifths of a second.
  private func segment(_ address: String) -> String { "#EXTINF:0.4,\n\(address)" }

  private func error(_ input: String) -> MediaError? {
    var options = MediaReader.Options()
    options.timeoutSeconds = 5
    return mediaError { _ = try readAll(input, options) }
  }

  @Test func aNetworkPlaylistStaysOnItsHost() throws {
    let clip = try Data(
      contentsOf: URL(fileURLWithPath: work.clip("a.ts", frames: 10, "-c:v libx264 -bf 0")))
    let named = try TinyServer()
    let other = try TinyServer(address: "127.0.0.2")
    defer {
      named.stop()
      other.stop()
    }
    let here = "http://127.0.0.1:\(named.port)"
    let there = "http://127.0.0.2:\(other.port)"
    named.put("/a.ts", .content(clip))
    other.put("/a.ts", .content(clip))
    named.put("/away.ts", .redirect("\(there)/a.ts"))

    named.put("/good.m3u8", playlist(segment("a.ts")))
    #expect(try readAll("\(here)/good.m3u8").count == 10)

    // Each names a place that the user did not, before or after a good segment.
    let secret = "file://" + work["a.ts"]
    for (name, line) in [
      ("host", segment("\(there)/a.ts")), ("file", segment(secret)),
      ("path", segment(work["a.ts"])),
      ("key", "#EXT-X-KEY:METHOD=AES-128,URI=\"\(there)/key\"\n" + segment("a.ts")),
      ("map", "#EXT-X-MAP:URI=\"\(there)/init.mp4\"\n" + segment("a.ts")),
      ("concat", segment("concat:\(secret)")),
      ("sub", segment("subfile,,start,0,end,0,,:\(secret)")),
      ("pipe", segment("pipe:0")), ("udp", segment("udp://127.0.0.2:9999")),
      ("user", segment("http://127.0.0.1@127.0.0.2:\(other.port)/a.ts")),
    ] {
      named.put("/\(name).m3u8", playlist(line))
      #expect(error("\(here)/\(name).m3u8")?.cause == .badInput, "\(name)")
    }
    #expect(other.requests.isEmpty)

    named.put("/list.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n\(there)/good.m3u8\n")
    let refusal = error("\(here)/list.m3u8")
    #expect(refusal?.cause == .badInput)
    #expect(other.requests.isEmpty)

    // What a named server's segment is redirected to is not read.
    named.put("/redirected.m3u8", playlist(segment("away.ts")))
    #expect(error("\(here)/redirected.m3u8")?.description.contains("was not named") == true)
    // The address that the user typed may move.
    named.put("/moved.ts", .redirect("\(there)/a.ts"))
    #expect(try readAll("\(here)/moved.ts").count == 10)
  }

  @Test func aLocalPlaylistStaysInItsFolder() throws {
    let folder = work["inside"]
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try work.clip("inside/a.ts", frames: 10, "-c:v libx264 -bf 0")
    try work.clip("secret.ts", frames: 10, "-c:v libx264 -bf 0")
    try FileManager.default.createSymbolicLink(
      atPath: work["inside/link.ts"], withDestinationPath: work["secret.ts"])
    let server = try TinyServer()
    defer { server.stop() }

    func read(_ address: String) throws -> String {
      work.write(Data(playlist(segment(address)).utf8), to: "inside/p.m3u8")
    }
    #expect(try readAll(read("a.ts")).count == 10)
    #expect(try readAll("file:" + read("a.ts")).count == 10)
    for address in [
      "../secret.ts", work["secret.ts"], "file:" + work["secret.ts"], "link.ts",
      "../inside/../secret.ts", "http://127.0.0.1:\(server.port)/a.ts",
    ] {
      #expect(error(try read(address))?.cause == .badInput, "\(address)")
    }
    #expect(error(try read("../secret.ts"))?.description.contains("outside its folder") == true)
    #expect(server.requests.isEmpty)
  }

  @Test func listsOfOtherKinds() throws {
    try FileManager.default.createDirectory(
      atPath: work["inside"], withIntermediateDirectories: true)
    let secret = try work.clip("secret.mp4", frames: 5, "-c:v libx264")
    let server = try TinyServer()
    defer { server.stop() }
    let address = "http://127.0.0.1:\(server.port)/x.mp4"
    for (name, text) in [
      ("a.ffconcat", "ffconcat version 1.0\nfile '\(secret)'\n"),
      ("b.ffconcat", "ffconcat version 1.0\nfile '../secret.mp4'\n"),
      ("c.ffconcat", "ffconcat version 1.0\nfile '\(address)'\n"),
      (
        "a.sdp",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
          + "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
      ),
      (
        "a.mpd",
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" "
          + "mediaPresentationDuration=\"PT1S\"><Period><AdaptationSet contentType=\"video\">"
          + "<Representation id=\"v\" bandwidth=\"1\" width=\"96\" height=\"64\">"
          + "<BaseURL>\(address)</BaseURL></Representation></AdaptationSet></Period></MPD>"
      ),
    ] {
      let path = work.write(Data(text.utf8), to: "inside/" + name)
      #expect(error(path)?.cause == .badInput, "\(name)")
    }
    #expect(server.requests.isEmpty)
  }
}
