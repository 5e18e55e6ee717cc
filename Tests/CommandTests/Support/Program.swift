import Foundation

/// The built program, run as a user runs it.
struct Program {
  /// What a run left behind.
  struct Result {
    var status: Int32
    var output: Data
    var errors: String

    var outputText: String { String(decoding: output, as: UTF8.self) }
    /// The lines on standard error.
    var errorLines: [String] {
      errors.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }
  }

  /// Where the package's products lie: beside the test bundle that this process runs.
  static let products = URL(fileURLWithPath: CommandLine.arguments[0])
    .resolvingSymlinksInPath().deletingLastPathComponent()
  static let binary = products.appendingPathComponent("dlvideo")

  /// Runs a program to its end and collects what it says.
  static func run(
    _ executable: URL = binary, _ arguments: [String], input: Data? = nil, folder: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> Result {
    let running = try start(
      executable, arguments, input: input, folder: folder, environment: environment)
    return running.wait()
  }

  static func run(_ arguments: String..., folder: URL? = nil) throws -> Result {
    try run(binary, arguments, folder: folder)
  }

  /// A program on its way.
  final class Running {
    let process: Process
    private let outputReader: PipeReader
    private let errorReader: PipeReader

    fileprivate init(_ process: Process, output: Pipe, errors: Pipe) {
      self.process = process
      outputReader = PipeReader(output)
      errorReader = PipeReader(errors)
    }

    var errorsSoFar: String { String(decoding: errorReader.soFar, as: UTF8.self) }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    func wait() -> Result {
      process.waitUntilExit()
      // A signal that was not handled counts as the shell counts it.
      let status =
        process.terminationReason == .uncaughtSignal
        ? 128 + process.terminationStatus : process.terminationStatus
      return Result(
        status: status, output: outputReader.all(),
        errors: String(decoding: errorReader.all(), as: UTF8.self))
    }
  }

  static func start(
    _ executable: URL = binary, _ arguments: [String], input: Data? = nil, folder: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> Running {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment
      .merging(["COLUMNS": "80"]) { $1 }.merging(environment) { $1 }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    if let input {
      let pipe = Pipe()
      process.standardInput = pipe
      let writer = pipe.fileHandleForWriting
      DispatchQueue.global().async {
        try? writer.write(contentsOf: input)
        try? writer.close()
      }
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    return Running(process, output: output, errors: errors)
  }
}

/// Collects a pipe's bytes in the background, so that a full pipe blocks nobody.
private final class PipeReader: @unchecked Sendable {
  private let lock = NSLock()
  private var data = Data()
  private let end = DispatchSemaphore(value: 0)

  init(_ pipe: Pipe) {
    let handle = pipe.fileHandleForReading
    DispatchQueue.global().async { [self] in
      while true {
        let part = handle.availableData
        if part.isEmpty { break }
        lock.withLock { data.append(part) }
      }
      end.signal()
    }
  }

  var soFar: Data { lock.withLock { data } }

  func all() -> Data {
    end.wait()
    end.signal()
    return soFar
  }
}
