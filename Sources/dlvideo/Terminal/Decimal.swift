/// Numbers as people and CSV files read them, without Foundation's locale machinery.
extension Double {
  /// Rounded to `places` digits after the point: `1.5.decimal(2) == "1.50"`. Not-a-number and
  /// infinities give "-".
  package func decimal(_ places: Int) -> String {
    guard isFinite else { return "-" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (magnitude * scale).rounded()
    guard scaled < 1e18 else { return "\(self)" }
    let digits = String(UInt64(scaled))
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// A time of day's form, `1:02:03` or `02:03`, for seconds.
  package var clock: String {
    guard isFinite, self >= 0, self < 1e9 else { return "--:--" }
    let total = Int(self)
    let minutesAndSeconds = (total / 60 % 60).twoDigits + ":" + (total % 60).twoDigits
    return total < 3600 ? minutesAndSeconds : "\(total / 3600):" + minutesAndSeconds
  }
}

extension Int {
  fileprivate var twoDigits: String { (self < 10 ? "0" : "") + String(self) }
}

extension Int64 {
  /// Bytes in the unit a person would choose: `1.4 MB`.
  package var byteCount: String {
    switch self {
    case ..<1000: "\(self) bytes"
    case ..<1_000_000: (Double(self) / 1e3).decimal(1) + " kB"
    case ..<1_000_000_000: (Double(self) / 1e6).decimal(1) + " MB"
    default: (Double(self) / 1e9).decimal(2) + " GB"
    }
  }
}

extension String {
  /// Filled up with spaces on the right, for tables.
  func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// Filled up with spaces on the left, for numbers in tables.
  func leftPadded(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  /// Without spaces at its end.
  var trimmedRight: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}

/// Prints lines on standard output.
func show(_ lines: [String]) {
  for line in lines { print(line) }
}
