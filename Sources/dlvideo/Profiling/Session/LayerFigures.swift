import Inference

/// What is told of a layer, worked out from its times: rates of one core while it works on the
/// layer, so that they can be held against that core's peak.
struct LayerFigures {
  let layer: ProfileReport.Layer
  let wall: TimeSeries
  /// Median core time in milliseconds.
  let core: Double
  /// Its part of the core time of all layers, 0...1.
  var share = 0.0
  /// The most operations a second that a core could do for it.
  let roof: Double

  init(_ layer: ProfileReport.Layer, peak: MachinePeak, precision: String) {
    self.layer = layer
    wall = TimeSeries(layer.milliseconds)
    core = TimeSeries(layer.coreMilliseconds).median
    let bytes = Double(layer.weightBytes + layer.mapBytes)
    roof = peak.roof(precision, intensity: Double(layer.operations) / max(1, bytes))
  }

  var bytes: Int { layer.weightBytes + layer.mapBytes }
  /// Operations a byte.
  var intensity: Double { Double(layer.operations) / Double(max(1, bytes)) }
  var operationsPerSecond: Double { core > 0 ? Double(layer.operations) / core * 1e3 : 0 }
  var bytesPerSecond: Double { core > 0 ? Double(bytes) / core * 1e3 : 0 }
  /// What it reached of what it could, 0...1 and beyond: maps that stay in the caches are faster
  /// than memory.
  var ofRoof: Double { roof > 0 ? operationsPerSecond / roof : 0 }

  static func all(_ report: ProfileReport) -> [LayerFigures] {
    var figures = report.layers.map {
      LayerFigures($0, peak: report.peak, precision: report.session.precision)
    }
    let total = figures.reduce(0) { $0 + $1.core }
    for index in figures.indices { figures[index].share = figures[index].core / max(1e-9, total) }
    return figures
  }
}
