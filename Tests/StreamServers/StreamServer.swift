import Foundation
import Glibc
import Synchronization

/// A source on the network that does what a test tells it: a TCP server on a port of its own, with
/// a script for each connection in turn (the last one for all that follow).
public final class StreamServer: @unchecked Sendable {
  public enum Step: Sendable {
    case send(Data)
    /// Sends at this rate, bytes a second.
    case pace(Data, bytesPerSecond: Int)
    /// Waits for the client to have said something up to an empty line (a request).
    case request
    case pause(Double)
    /// The end of what `http` sends.
    case end
    /// Says nothing more, with the connection open, until the server ends.
    case silence
    /// Refuses every later connection.
    case goAway
  }

  public let port: Int
  private let listener: Int32
  private let scripts: [[Step]]
  private let state = Mutex(State())

  private struct State {
    var connections = 0
    var isClosed = false
    var open: Set<Int32> = []
  }

  public init(_ scripts: [[Step]]) throws {
    self.scripts = scripts
    signal(SIGPIPE, SIG_IGN)
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
    port = try listener.bindToLoopback()
    guard listen(listener, 8) == 0 else { throw SocketError() }
    Thread.detachNewThread { [self] in accept() }
  }

  /// How many clients came so far.
  public var connections: Int { state.withLock { $0.connections } }

  public func close() {
    state.withLock { state in
      if state.isClosed { return }
      state.isClosed = true
      shutdown(listener, Int32(SHUT_RDWR))
      Glibc.close(listener)
      for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
    }
  }

  deinit { close() }

  private func accept() {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      if connection < 0 { return }
      let number = state.withLock { state in
        state.open.insert(connection)
        state.connections += 1
        return state.connections - 1
      }
      Thread.detachNewThread { [self] in
        for step in scripts[min(number, scripts.count - 1)] where !perform(step, connection) {
          break
        }
        state.withLock { _ = $0.open.remove(connection) }
        Glibc.close(connection)
      }
    }
  }

  private func perform(_ step: Step, _ connection: Int32) -> Bool {
    switch step {
    case .send(let data): return connection.sendAll(data)
    case .pace(let data, let rate):
      return connection.sendPaced(data, piece: 1316, bytesPerSecond: rate)
    case .request: return connection.readRequest() != nil
    case .pause(let seconds): Thread.sleep(forTimeInterval: seconds)
    case .silence:
      var byte: UInt8 = 0
      while recv(connection, &byte, 1, 0) > 0 {}
    case .end: return connection.sendAll(Data("0\r\n\r\n".utf8))
    case .goAway: close()
    }
    return true
  }

  /// An HTTP answer whose length nobody knows, as a live stream's is. It has an end (`.end`), or
  /// breaks off.
  public static func http(_ steps: Step...) -> [Step] {
    let head =
      "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nTransfer-Encoding: chunked\r\n\r\n"
    return [.request, .send(Data(head.utf8))]
      + steps.map { step in
        guard case .send(let data) = step else { return step }
        let size = String(data.count, radix: 16)
        return .send(Data("\(size)\r\n".utf8) + data + Data("\r\n".utf8))
      }
  }
}

public struct SocketError: Error, CustomStringConvertible {
  public let description = String(cString: strerror(errno))
}

extension Int32 {
  /// Binds a socket to a free port of 127.0.0.1 and gives the port.
  func bindToLoopback() throws -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int? in
        guard bind(self, address, length) == 0, getsockname(self, address, &length) == 0 else {
          return nil
        }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          Int(UInt16(bigEndian: $0.pointee.sin_port))
        }
      }
    }
    guard let port else { throw SocketError() }
    return port
  }

  func sendAll(_ data: Data) -> Bool {
    data.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Glibc.send(self, bytes.baseAddress! + sent, bytes.count - sent, 0)
        if count <= 0 { return false }
        sent += count
      }
      return true
    }
  }

  func sendPaced(_ data: Data, piece: Int, bytesPerSecond: Int) -> Bool {
    let start = Date()
    var sent = 0
    while sent < data.count {
      let next = Swift.min(piece, data.count - sent)
      if !sendAll(data.subdata(in: sent..<sent + next)) { return false }
      sent += next
      let due = start.addingTimeInterval(Double(sent) / Double(bytesPerSecond))
      if due > Date() { Thread.sleep(until: due) }
    }
    return true
  }

  /// What a client says up to an empty line; nil when it has gone.
  func readRequest() -> String? {
    var text: [UInt8] = []
    var byte: UInt8 = 0
    while recv(self, &byte, 1, 0) == 1 {
      text.append(byte)
      if text.suffix(4) == [13, 10, 13, 10] { return String(decoding: text, as: UTF8.self) }
    }
    return nil
  }
}

/// Sends a transport stream as datagrams, seven packets each.
public enum DatagramSender {
  public static func send(_ data: Data, toPort port: Int, bytesPerSecond: Int) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let start = Date()
    var sent = 0
    while sent < data.count {
      let next = min(1316, data.count - sent)
      // Nobody may be there yet: datagrams are lost, that is their nature.
      data.subdata(in: sent..<sent + next).withUnsafeBytes {
        _ = Glibc.send(socket, $0.baseAddress, next, 0)
      }
      sent += next
      let due = start.addingTimeInterval(Double(sent) / Double(bytesPerSecond))
      if due > Date() { Thread.sleep(until: due) }
    }
  }

  /// A port of 127.0.0.1 on which nobody receives now.
  public static func freePort() throws -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(socket) }
    return try socket.bindToLoopback()
  }
}
