import Media

/// What came of reading an input and writing it again.
struct Transcoding {
  var times: [Double] = []
  var stamps: [Int64] = []
  var warnings = ReadWarnings()
  var notes: [String] = []
  var canvas = ""
  var readError: MediaError?
}

/// Reads `input`, draws nothing, writes `output`, as the program does it. An error of the reader
/// after the first frame ends the reading; the output is finished all the same.
@discardableResult
func transcode(
  _ input: String, to output: String, reading: MediaReader.Options = .init(),
  writing: MediaWriter.Options = .init(), upTo limit: Int = .max,
  draw: (VideoFrame, VideoFrame) throws -> Void = { _, _ in }
) throws -> Transcoding {
  let reader = try MediaReader(input, options: reading)
  let frame = VideoFrame()
  let canvas = VideoFrame()
  var result = Transcoding()
  guard try reader.read(into: frame) else { return result }
  let writer = try MediaWriter(
    output, from: reader, firstFrame: frame, width: frame.width, height: frame.height,
    options: writing)
  do {
    let converter = try writer.makeConverter()
    reader.packetSink = { try writer.copy($0) }
    repeat {
      result.times.append(frame.timeSeconds)
      result.stamps.append(frame.presentationTime)
      try converter.convert(frame, into: canvas)
      try canvas.makeWritable()
      try draw(frame, canvas)
      try writer.write(canvas)
      do {
        guard result.times.count < limit, try reader.read(into: frame) else { break }
      } catch let error as MediaError where error.cause == .badInput {
        result.readError = error
        break
      }
    } while true
    try writer.finish()
  } catch {
    writer.abandon()
    throw error
  }
  result.warnings = reader.warnings
  result.notes = writer.notes
  result.canvas = writer.canvasFormat.name
  return result
}

/// Decodes the whole of an input.
func readAll(_ input: String, _ options: MediaReader.Options = .init()) throws -> [Int64] {
  let reader = try MediaReader(input, options: options)
  let frame = VideoFrame()
  var stamps: [Int64] = []
  while try reader.read(into: frame) { stamps.append(frame.presentationTime) }
  return stamps
}

/// The error that `body` throws, as this module's.
func mediaError(_ body: () throws -> Void) -> MediaError? {
  do {
    try body()
    return nil
  } catch {
    return error as? MediaError
  }
}
