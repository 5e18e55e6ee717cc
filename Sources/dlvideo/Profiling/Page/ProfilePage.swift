import Foundation

/// A session as one page with charts: the figures and the script that draws them are inside, so it
/// works offline and can be sent to somebody.
struct ProfilePage {
  let report: ProfileReport

  func write(_ path: String) throws {
    let file = try OutputFile(path, overwrites: true)
    try file.write(try html)
    try file.close()
  }

  private var html: String {
    get throws {
      let data = try JSONEncoder().encode(PageData(report))
      let figures = String(decoding: data, as: UTF8.self)
        // Nothing in the data may end the script element.
        .replacingOccurrences(of: "<", with: "\\u003c")
      return """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>dlvideo profile</title>
        <style>
        \(Self.style)
        </style></head>
        <body><main></main><div id="tip"></div>
        <script>
        const profile = \(figures);
        \(Self.drawing)
        \(Self.charts)
        \(Self.layerCharts)
        </script></body></html>

        """
    }
  }
}
