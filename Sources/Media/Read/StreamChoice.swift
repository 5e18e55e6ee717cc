import CFFmpeg

/// Which stream is the video, and what the others are.
extension Demuxer {
  /// The stream to decode: the default one, else the largest; a cover picture is none.
  func chooseVideo() throws -> UnsafeMutablePointer<AVStream> {
    if formatName == "tty" {
      throw MediaError.unreadable(input: input, reason: "it is a text file", advice: "")
    }
    var best: UnsafeMutablePointer<AVStream>?
    var bestScore = -1
    var sawCover = false
    for case let stream? in streams {
      guard stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO else { continue }
      if stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0 {
        sawCover = true
        continue
      }
      let parameters = stream.pointee.codecpar.pointee
      let isDefault = stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0
      let score =
        (isDefault ? 1 << 40 : 0) + Int(parameters.width) * Int(parameters.height)
      if score > bestScore {
        best = stream
        bestScore = score
      }
    }
    guard let best else {
      let what =
        sawCover
        ? "it has no video, only a cover picture"
        : streams.isEmpty ? "there are no streams in it" : "it has no video stream"
      throw MediaError.unreadable(input: input, reason: what, advice: "")
    }
    let parameters = best.pointee.codecpar.pointee
    try refuseHugePictures(width: Int(parameters.width), height: Int(parameters.height))
    return best
  }

  func refuseHugePictures(width: Int, height: Int) throws {
    if Self.isHuge(width, height) {
      throw MediaError.unreadable(
        input: input, reason: "its pictures of \(width)x\(height) are too large",
        advice:
          "\(Self.longestSide) pixels a side and \(Self.largestArea >> 20) Mpixels are the limits")
    }
  }

  static func isHuge(_ width: Int, _ height: Int) -> Bool {
    width > longestSide || height > longestSide || width * height > largestArea
  }

  func describe(_ stream: UnsafeMutablePointer<AVStream>) -> StreamInfo {
    let parameters = stream.pointee.codecpar.pointee
    let isPicture = stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
    let kind: StreamInfo.Kind =
      switch parameters.codec_type {
      case AVMEDIA_TYPE_AUDIO: .audio
      case AVMEDIA_TYPE_SUBTITLE: .subtitle
      case AVMEDIA_TYPE_VIDEO: isPicture ? .picture : .video
      default: .data
      }
    let language = av_dict_get(stream.pointee.metadata, "language", nil, 0)
    return StreamInfo(
      index: Int(stream.pointee.index), kind: kind,
      codecName: String(cString: avcodec_get_name(parameters.codec_id)),
      language: language.map { String(cString: $0.pointee.value) })
  }
}

extension Orientation {
  /// How a stream's pictures stand, from its display matrix.
  init(_ stream: UnsafeMutablePointer<AVStream>) {
    var size = 0
    guard let data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size),
      size >= 36
    else {
      self = .upright
      return
    }
    self = data.withMemoryRebound(to: Int32.self, capacity: 9) { Orientation(displayMatrix: $0) }
  }

  /// The nearest right-angled orientation of a 3x3 display matrix (16.16 fixed point), which
  /// takes (x, y) to (m0 x + m3 y, m1 x + m4 y), y down.
  init(displayMatrix matrix: UnsafePointer<Int32>) {
    let a = Int64(matrix[0])
    let b = Int64(matrix[1])
    let c = Int64(matrix[3])
    let d = Int64(matrix[4])
    let isMirrored = a * d - b * c < 0
    // Where the matrix takes what is on the right after the mirroring.
    let (x, y) = isMirrored ? (-a, -b) : (a, b)
    let turns = abs(x) >= abs(y) ? (x >= 0 ? 0 : 2) : (y >= 0 ? 1 : 3)
    self.init(quarterTurns: turns, isMirrored: isMirrored)
  }
}
