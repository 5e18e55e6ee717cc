import Foundation
import Glibc

/// As much of an RTSP server (RFC 2326) as a client needs to play one transport stream: RTP packets
/// (RFC 2250) inside the RTSP connection, each of seven transport packets.
public final class RTSPServer: @unchecked Sendable {
  public let port: Int
  private let listener: Int32
  private let stream: Data
  private let bytesPerSecond: Int

  public init(_ transportStream: Data, bytesPerSecond: Int) throws {
    stream = transportStream
    self.bytesPerSecond = bytesPerSecond
    signal(SIGPIPE, SIG_IGN)
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    port = try listener.bindToLoopback()
    guard listen(listener, 4) == 0 else { throw SocketError() }
    Thread.detachNewThread { [listener, self] in
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        serve(connection)
        close(connection)
      }
    }
  }

  public var url: String { "rtsp://127.0.0.1:\(port)/live" }

  public func end() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func serve(_ connection: Int32) {
    while let request = connection.readRequest() {
      let method = request.prefix { $0 != " " }
      let number =
        request.split(whereSeparator: \.isNewline)
        .first { $0.lowercased().hasPrefix("cseq:") }.map { $0.dropFirst(5) } ?? "0"
      var headers = "CSeq:\(number)\r\nSession: 1\r\n"
      var body = ""
      switch method {
      case "OPTIONS": headers += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
      case "DESCRIBE":
        body = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\n"
        headers += "Content-Type: application/sdp\r\nContent-Length: \(body.utf8.count)\r\n"
      case "SETUP": headers += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
      default: break
      }
      let answer = "RTSP/1.0 200 OK\r\n\(headers)\r\n\(body)"
      if !connection.sendAll(Data(answer.utf8)) || method == "TEARDOWN" { return }
      if method == "PLAY" {
        play(connection)
        return
      }
    }
  }

  private func play(_ connection: Int32) {
    let start = Date()
    var sent = 0
    var number: UInt16 = 0
    while sent < stream.count {
      let payload = stream.subdata(in: sent..<min(sent + 1316, stream.count))
      let ticks = UInt32(truncatingIfNeeded: Int(-start.timeIntervalSinceNow * 90_000))
      var packet = Data([0x24, 0])
      packet.append(bigEndian: UInt16(12 + payload.count))
      packet.append(contentsOf: [0x80, 33])
      packet.append(bigEndian: number)
      packet.append(bigEndian: ticks)
      packet.append(bigEndian: UInt32(1))
      packet.append(payload)
      if !connection.sendAll(packet) { return }
      number &+= 1
      sent += payload.count
      let due = start.addingTimeInterval(Double(sent) / Double(bytesPerSecond))
      if due > Date() { Thread.sleep(until: due) }
    }
  }
}

extension Data {
  fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
