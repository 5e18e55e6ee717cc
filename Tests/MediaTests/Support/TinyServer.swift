import Foundation
import Synchronization

/// An HTTP server on a loopback address that gives what it was told to, and keeps what it was asked.
final class TinyServer: Sendable {
  enum Answer: Sendable {
    case content(Data)
    case redirect(String)
  }

  let port: Int
  private let socket: Int32
  private let answers = Mutex<[String: Answer]>([:])
  private let asked = Mutex<[String]>([])

  /// - Parameter address: 127.0.0.1 and 127.0.0.2 are two hosts to a client.
  init(address: String = "127.0.0.1") throws {
    let made = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, address, &name.sin_addr)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(made, $0, size) == 0 && listen(made, 16) == 0 && getsockname(made, $0, &size) == 0
      }
    }
    guard isBound else { throw ToolFailure(description: "no socket at \(address)") }
    socket = made
    port = Int(UInt16(bigEndian: name.sin_port))
    Thread { [self] in serve() }.start()
  }

  /// Ends the serving thread.
  func stop() { shutdown(socket, Int32(SHUT_RDWR)) }

  var requests: [String] { asked.withLock { $0 } }

  func put(_ path: String, _ answer: Answer) { answers.withLock { $0[path] = answer } }
  func put(_ path: String, _ text: String) { put(path, .content(Data(text.utf8))) }

  private func serve() {
    while true {
      let client = accept(socket, nil, nil)
      if client < 0 { break }
      answer(client)
      close(client)
    }
    close(socket)
  }

  private func answer(_ client: Int32) {
    var request = Data()
    var bytes = [UInt8](repeating: 0, count: 4096)
    while request.range(of: Data("\r\n\r\n".utf8)) == nil {
      let count = recv(client, &bytes, bytes.count, 0)
      if count <= 0 { return }
      request.append(contentsOf: bytes.prefix(count))
    }
    let path = String(decoding: request, as: UTF8.self).split(separator: " ").dropFirst().first
    let wanted = path.map(String.init) ?? ""
    asked.withLock { $0.append(wanted) }
    var reply: Data
    switch answers.withLock({ $0[wanted] }) {
    case .content(let data):
      reply = Data("HTTP/1.0 200 OK\r\nContent-Length: \(data.count)\r\n\r\n".utf8) + data
    case .redirect(let url): reply = Data("HTTP/1.0 302 Found\r\nLocation: \(url)\r\n\r\n".utf8)
    case nil: reply = Data("HTTP/1.0 404 Not Found\r\n\r\n".utf8)
    }
    while !reply.isEmpty {
      let count = reply.withUnsafeBytes {
        send(client, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      reply = Data(reply.dropFirst(count))
    }
  }
}
