import CFFmpeg
import Glibc

/// Standard input or output for FFmpeg, through `poll`: a stalled pipe then heeds deadlines and
/// cancelling, which FFmpeg's own pipes do not.
final class PipeIO {
  private let descriptor: Int32
  private let interruption: Interruption
  private(set) var context: UnsafeMutablePointer<AVIOContext>?
  private static let bufferSize = 32_768

  init(reading descriptor: Int32, interruption: Interruption) throws {
    self.descriptor = descriptor
    self.interruption = interruption
    context = try makeContext(isWriting: false)
  }

  init(writing descriptor: Int32, interruption: Interruption) throws {
    self.descriptor = descriptor
    self.interruption = interruption
    context = try makeContext(isWriting: true)
    // A reader that goes away must be an error of the write, not the end of the process.
    var current = sigaction()
    sigaction(SIGPIPE, nil, &current)
    if current.__sigaction_handler.sa_handler == nil { signal(SIGPIPE, SIG_IGN) }
  }

  deinit {
    if let context { av_freep(&context.pointee.buffer) }
    avio_context_free(&context)
  }

  private func makeContext(isWriting: Bool) throws -> UnsafeMutablePointer<AVIOContext> {
    let buffer = try checkedPointer(.allocateBuffer, "a pipe's buffer") {
      av_malloc(Self.bufferSize)
    }
    let this = Unmanaged.passUnretained(self).toOpaque()
    var isKept = false
    defer { if !isKept { av_free(buffer) } }
    let made = try checkedPointer(.allocateContext, "opening a pipe") {
      avio_alloc_context(
        buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferSize), isWriting ? 1 : 0, this,
        { object, bytes, count in
          Unmanaged<PipeIO>.fromOpaque(object!).takeUnretainedValue().read(bytes!, Int(count))
        },
        { object, bytes, count in
          Unmanaged<PipeIO>.fromOpaque(object!).takeUnretainedValue().write(bytes!, Int(count))
        }, nil)
    }
    isKept = true
    made.pointee.seekable = 0
    return made
  }

  private func waitUntilReady(_ events: Int32) -> Int32 {
    while true {
      if interruption.isDue { return ff_averror_exit }
      var state = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      let count = poll(&state, 1, 50)
      if count > 0 { return 0 }
      if count < 0 && errno != EINTR { return ff_averror(errno) }
    }
  }

  private func read(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
    while true {
      let failure = waitUntilReady(POLLIN)
      if failure < 0 { return failure }
      let got = Glibc.read(descriptor, bytes, count)
      if got > 0 { return Int32(got) }
      if got == 0 { return ff_averror_eof }
      if errno != EINTR && errno != EAGAIN { return ff_averror(errno) }
    }
  }

  private func write(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
    var done = 0
    while done < count {
      let failure = waitUntilReady(POLLOUT)
      if failure < 0 { return failure }
      // A ready pipe takes a page without blocking.
      let put = Glibc.write(descriptor, bytes + done, min(count - done, 4096))
      if put >= 0 {
        done += put
      } else if errno != EINTR && errno != EAGAIN {
        return ff_averror(errno)
      }
    }
    return Int32(count)
  }
}
