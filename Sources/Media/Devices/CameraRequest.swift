import Glibc

/// A camera and how it is to be set: `v4l2:///dev/video0?size=1280x720&fps=30&format=mjpeg`.
package struct CameraRequest: Equatable {
  var device: String
  var width: Int?
  var height: Int?
  var rate: Rational?
  /// FFmpeg's name of the format, or a fourcc.
  var format: String?

  /// nil where `input` names no camera.
  /// - Throws: `MediaError` where it does, but wrongly.
  init?(input: String) throws(MediaError) {
    if input.hasPrefix("v4l2:") {
      var rest = input.dropFirst(5)
      if rest.hasPrefix("//") { rest = rest.dropFirst(2) }
      let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      device = String(parts[0])
      if device.isEmpty {
        throw .wrongOption(
          what: "\(input) names no device", advice: "write v4l2:///dev/video0?size=1280x720&fps=30")
      }
      if parts.count == 2 { try parse(query: parts[1], of: input) }
    } else if input.hasPrefix("/dev/video"), input.dropFirst(10).allSatisfy(\.isNumber) {
      device = input
    } else {
      return nil
    }
    try checkDevice(input)
    try checkAgainstOffer(input)
  }

  /// A device with its settings, compared with nothing.
  package init(query: String, device: String) throws(MediaError) {
    self.device = device
    try parse(query: query[...], of: device)
  }

  private mutating func parse(query: Substring, of input: String) throws(MediaError) {
    for item in query.split(separator: "&") {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = pair[0]
      let value = pair.count == 2 ? pair[1] : ""
      switch name {
      case "size":
        let sides = value.split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ (1...Demuxer.longestSide).contains($0) }) else {
          throw .wrongOption(what: "size=\(value) is no size", advice: "write size=1280x720")
        }
        (width, height) = (sides[0], sides[1])
      case "fps":
        rate = Rational(parsing: value)
        if rate == nil {
          throw .wrongOption(
            what: "fps=\(value) is no rate", advice: "write fps=30 or fps=30000/1001")
        }
      case "format":
        if value.isEmpty {
          throw .wrongOption(what: "format= is empty", advice: "write format=mjpeg")
        }
        format = value.lowercased()
      default:
        throw .wrongOption(
          what: "a camera has no parameter \"\(name)\"", advice: "there are size, fps and format")
      }
    }
  }

  private func checkDevice(_ input: String) throws(MediaError) {
    guard let status = FileStatus(path: device) else {
      let others = CameraList.cameras().map(\.path)
      throw .noSuchInput(
        input: input,
        reason: others.isEmpty
          ? "no camera is connected" : "there is " + others.joined(separator: ", "))
    }
    if status.mode & S_IFMT != S_IFCHR || CameraList.isSomethingElse(device) {
      throw .unreadable(
        input: input, reason: "\(device) is no camera that captures",
        advice: "`dlvideo devices` lists those that do")
    }
  }

  /// Compares with what the driver offers, where it says.
  private func checkAgainstOffer(_ input: String) throws(MediaError) {
    guard width != nil || rate != nil || format != nil,
      let camera = CameraList.camera(at: device)
    else { return }
    if let missing = mismatch(with: camera) {
      throw .wrongOption(
        what: "\(device) (\(camera.name)) offers no \(missing)",
        advice: "it offers \(camera.offer)")
    }
  }

  /// The parameter that a camera does not offer, in words; nil where all fit.
  package func mismatch(with camera: Camera) -> String? {
    let formats = camera.readable.filter { offered in
      format.map { $0 == offered.name || $0 == offered.fourCC.lowercased() } ?? true
    }
    if formats.isEmpty {
      let unread = camera.formats.contains { $0.fourCC.lowercased() == format }
      return "format \(format ?? "")" + (unread ? " that can be read" : "")
    }
    var sizes = formats.flatMap(\.sizes)
    // A driver that lists no sizes takes many.
    if sizes.isEmpty { return nil }
    let wanted = (width: width ?? camera.width, height: height ?? camera.height)
    sizes = sizes.filter { $0.admits(wanted.width, wanted.height) }
    if sizes.isEmpty {
      if width == nil { return nil }
      return "size \(wanted.width)x\(wanted.height)" + (format.map { " in \($0)" } ?? "")
    }
    if let rate {
      let rates = sizes.flatMap(\.rates)
      if !rates.isEmpty, !rates.contains(where: { rate.isNearly($0) }) {
        return "rate of \(rate.inWords) fps at \(wanted.width)x\(wanted.height)"
          + (width == nil ? ", the size that it is set to" : "")
      }
    }
    return nil
  }

  /// What the camera was set to, where that is not what was asked for: a driver may round.
  func refuseSubstitute(
    width actualWidth: Int, height actualHeight: Int, rate actualRate: Rational
  ) throws(MediaError) {
    var given: String?
    if let width, let height, (width, height) != (actualWidth, actualHeight) {
      given = "\(actualWidth)x\(actualHeight) instead of \(width)x\(height)"
    } else if let rate, actualRate.isDefined, !rate.isNearly(actualRate) {
      given = "\(actualRate.inWords) instead of \(rate.inWords) fps"
    }
    guard let given else { return }
    let offer = CameraList.camera(at: device)?.offer
    throw .wrongOption(
      what: "\(device) gives \(given)", advice: offer.map { "it offers \($0)" } ?? "")
  }

  /// As the options of FFmpeg's v4l2 demuxer.
  func apply(to settings: inout OptionSet) {
    if let width, let height { settings["video_size"] = "\(width)x\(height)" }
    if let rate { settings["framerate"] = rate.description }
    if let format {
      let named = CameraList.camera(at: device)?.formats.first {
        $0.name == format || $0.fourCC.lowercased() == format
      }
      settings["input_format"] = named?.name ?? format
    }
  }
}

extension Rational {
  fileprivate func isNearly(_ other: Rational) -> Bool { abs(value / other.value - 1) < 0.005 }

  /// "30", "29.97".
  var inWords: String {
    den == 1 ? String(num) : String((value * 100).rounded() / 100)
  }

  /// "30", "29.97" or "30000/1001".
  init?(parsing text: Substring) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2, let num = Int32(parts[0]), let den = Int32(parts[1]), num > 0, den > 0 {
      self.init(num, den)
    } else if parts.count == 1, let whole = Int32(text), whole > 0 {
      self.init(whole, 1)
    } else if parts.count == 1, let value = Double(text), value > 0, value < 1e5 {
      self.init(Int32((value * 1000).rounded()), 1000)
    } else {
      return nil
    }
  }
}
