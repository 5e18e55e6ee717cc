import CFFmpeg

/// Reads and decodes the video of an input.
public final class MediaReader: @unchecked Sendable {
  public let input: String
  public let video: VideoStreamInfo
  public let otherStreams: [StreamInfo]
  public var packetSink: ((borrowing OtherPacket) throws -> Void)?
  public var warnings: ReadWarnings { ReadWarnings() }

  public init(_ input: String, options: Options = Options()) throws {
    throw MediaError.unreadable(input: input, reason: "not built yet", advice: "")
  }

  /// Decodes the next picture into `frame`; false at the end.
  public func read(into frame: VideoFrame) throws -> Bool { false }

  /// From any thread: a blocked read ends soon.
  public func cancel() {}
}
