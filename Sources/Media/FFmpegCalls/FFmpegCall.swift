import CFFmpeg

/// The FFmpeg calls that can fail. Each goes through `check`, so that a test can make the nth
/// call of any kind fail.
package enum FFmpegCall: String, CaseIterable, Sendable {
  case openInput, findStreams, openDecoder, seek, readPacket, sendPacket, receiveFrame
  case referenceFrame, referencePacket, copyProperties, copyFrame, makeWritable, allocateBuffer
  case createScaler, scale, setOption
  case allocateContext, copyParameters, copyMetadata, openEncoder, openOutput, writeHeader
  case sendFrame, receivePacket, writePacket, writeTrailer, closeOutput
}

/// What FFmpeg returned when it failed.
struct FFmpegFailure: Error {
  let call: FFmpegCall
  let code: Int32
  var message: String { ffmpegMessage(code) }
  var isOutOfMemory: Bool { code == ff_averror(ENOMEM) }
}

/// FFmpeg's words for one of its error codes.
func ffmpegMessage(_ code: Int32) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
    av_strerror(code, text.baseAddress, 128)
    return String(cString: text.baseAddress!)
  }
}

/// Makes a call and returns its code; where a test asked for a fault, that code comes instead of
/// the call.
@inline(__always)
func checkedCode(_ call: FFmpegCall, _ body: () -> Int32) -> Int32 {
  if let plan = FaultInjection.plan, let code = plan.fault(in: call) { return code }
  return body()
}

/// Makes a call and throws an `FFmpegFailure` where it fails; the caller says what that means.
@inline(__always)
@discardableResult
func attempt(_ call: FFmpegCall, _ body: () -> Int32) throws(FFmpegFailure) -> Int32 {
  let code = checkedCode(call, body)
  if code < 0 { throw FFmpegFailure(call: call, code: code) }
  return code
}

/// Makes a call whose failure has no better explanation than memory running out.
@inline(__always)
@discardableResult
func check(
  _ call: FFmpegCall, _ operation: @autoclosure () -> String, _ body: () -> Int32
) throws(MediaError) -> Int32 {
  let code = checkedCode(call, body)
  if code < 0 {
    throw .internalFailure(operation: operation(), reason: ffmpegMessage(code))
  }
  return code
}

/// Makes a call that returns nil when memory runs out.
@inline(__always)
func checkedPointer<Pointer>(
  _ call: FFmpegCall, _ operation: @autoclosure () -> String, _ body: () -> Pointer?
) throws(MediaError) -> Pointer {
  if FaultInjection.plan?.fault(in: call) == nil, let pointer = body() { return pointer }
  throw .internalFailure(operation: operation(), reason: ffmpegMessage(ff_averror(ENOMEM)))
}
