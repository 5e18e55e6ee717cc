import CFFmpeg
import Glibc

/// An output being written: the container and the file, pipe or connection behind it. For one
/// thread at a time.
final class Muxer {
  let output: OutputFile
  let choice: MuxerChoice
  let context: UnsafeMutablePointer<AVFormatContext>
  private let interruption: Interruption
  private let timeoutSeconds: Double
  private var pipe: PipeIO?
  private var isFileOpen = false
  private var hasHeader = false
  /// There is a file that was not there, or not like this, before.
  private var hasCreated = false
  private(set) var bytesWritten: Int64 = 0
  /// What is written must outlive a power cut.
  private let isDurable: Bool
  private var disk: DiskSync?

  init(
    _ output: OutputFile, _ choice: MuxerChoice, interruption: Interruption,
    timeoutSeconds: Double, isDurable: Bool
  ) throws {
    self.output = output
    self.choice = choice
    self.interruption = interruption
    self.isDurable = isDurable
    if case .file = output.kind {
      self.timeoutSeconds = 0
    } else {
      self.timeoutSeconds = timeoutSeconds
    }
    var made: UnsafeMutablePointer<AVFormatContext>?
    try check(.allocateContext, "the output") {
      avformat_alloc_output_context2(&made, choice.format, nil, output.url)
    }
    context = made!
    context.pointee.interrupt_callback = interruption.callback
  }

  deinit {
    _ = closeFile()
    avformat_free_context(context)
  }

  /// Creates the file and writes the container's beginning.
  func begin(_ settings: consuming OptionSet) throws {
    interruption.allow(seconds: timeoutSeconds)
    try openFile()
    let code = checkedCode(.writeHeader) { avformat_write_header(context, &settings.pointer) }
    if code < 0 {
      if let broken = brokenFile { throw output.writeFailed(broken) }
      if choice.opensItself && code != ff_averror(EINVAL) { throw output.cannotCreate(code) }
      throw MediaError.wrongOption(
        what: "\(choice.name) refuses these streams: \(ffmpegMessage(code))",
        advice: "choose another --format or --codec, or --no-audio")
    }
    hasHeader = true
    hasCreated = true
    if let unknown = settings.leftOver.first {
      throw MediaError.wrongOption(what: "\(choice.name) has no option \"\(unknown)\"", advice: "")
    }
  }

  private func openFile() throws {
    if choice.opensItself { return }
    if case .standardOutput = output.kind {
      pipe = try PipeIO(writing: STDOUT_FILENO, interruption: interruption)
      context.pointee.pb = pipe!.context
      context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
      return
    }
    var callback = interruption.callback
    let code = checkedCode(.openOutput) {
      avio_open2(&context.pointee.pb, output.url, AVIO_FLAG_WRITE, &callback, nil)
    }
    if code < 0 { throw output.cannotCreate(code) }
    isFileOpen = true
    hasCreated = true
    if isDurable, case .file(let path) = output.kind { disk = DiskSync(path: path) }
  }

  /// The file can be written out of order, as MP4 needs it unless it comes in fragments.
  static func isSeekable(_ output: OutputFile) -> Bool {
    guard case .file(let path) = output.kind else { return false }
    guard let status = FileStatus(path: path) else { return true }
    return status.mode & S_IFMT != S_IFIFO && status.mode & S_IFMT != S_IFSOCK
  }

  private var brokenFile: Int32? {
    guard let error = context.pointee.pb?.pointee.error, error < 0 else { return nil }
    return error
  }

  /// Takes over the data of a packet that comes from elsewhere and may be damaged.
  /// - Returns: false where its contents are such that the container cannot hold them, as an AAC
  ///   packet without a sound header; the file goes on without it.
  func writeCopied(_ packet: UnsafeMutablePointer<AVPacket>) throws -> Bool {
    let size = Int64(packet.pointee.size)
    let code = put(packet)
    if code == ff_averror_invaliddata && brokenFile == nil { return false }
    try finishWrite(code, size: size)
    return true
  }

  /// Takes over the packet's data.
  func write(_ packet: UnsafeMutablePointer<AVPacket>) throws {
    let size = Int64(packet.pointee.size)
    try finishWrite(put(packet), size: size)
  }

  private func put(_ packet: UnsafeMutablePointer<AVPacket>) -> Int32 {
    interruption.allow(seconds: timeoutSeconds)
    return checkedCode(.writePacket) { av_interleaved_write_frame(context, packet) }
  }

  /// Takes account of a packet of `size` bytes that was put with the result `code`.
  private func finishWrite(_ code: Int32, size: Int64) throws {
    if code < 0 { throw failure(brokenFile ?? code) }
    if let broken = brokenFile { throw failure(broken) }
    if let io = context.pointee.pb {
      let end = avio_tell(io)
      if end > bytesWritten { disk?.request() }
      bytesWritten = max(bytesWritten, end)
    } else {
      bytesWritten += size
    }
  }

  /// Writes the container's end and closes the file.
  func end() throws {
    interruption.allow(seconds: timeoutSeconds)
    hasHeader = false
    let code = checkedCode(.writeTrailer) { av_write_trailer(context) }
    if let io = context.pointee.pb {
      avio_flush(io)
      bytesWritten = max(bytesWritten, avio_tell(io))
    }
    if let broken = brokenFile { throw failure(broken) }
    if code < 0 { throw failure(code) }
    let closing = closeFile()
    if closing < 0 { throw failure(closing) }
  }

  private func closeFile() -> Int32 {
    guard isFileOpen || pipe != nil else { return 0 }
    // Closed in any case.
    let injected = checkedCode(.closeOutput) { 0 }
    if isFileOpen {
      isFileOpen = false
      let code = avio_closep(&context.pointee.pb)
      return injected < 0 ? injected : code
    }
    if pipe != nil {
      avio_flush(context.pointee.pb)
      context.pointee.pb = nil
      pipe = nil
    }
    return injected
  }

  /// Closes without an end and takes the file away.
  func discard() {
    // A muxer that opened its own connections or temporary files gives them back in its trailer.
    if hasHeader && choice.opensItself {
      hasHeader = false
      av_write_trailer(context)
    }
    _ = closeFile()
    if hasCreated { output.remove() }
    hasCreated = false
  }

  private func failure(_ code: Int32) -> MediaError {
    if interruption.isCancelled { return .cancelled(input: output.name) }
    if interruption.isOverdue {
      return .writeFailed(
        output: output.name, reason: "nobody took it for \(timeoutSeconds) s", advice: "")
    }
    return output.writeFailed(code)
  }

  func cancel() { interruption.cancel() }
}
