/// What became faster or slower from one session to another, noise taken into account.
///
/// A figure counts as changed where it moved by more than four times the error of the difference
/// (`TimeSeries.medianError` of both) and by more than 1 %. Four, because some fifty figures are
/// looked at and an error known from eight stretches is itself uncertain: by Student's t with 14
/// degrees of freedom one comparison in sixteen says something untrue of two equal sessions.
package struct ProfileComparison {
  package struct Row {
    var name: String
    var before: Double
    var after: Double
    var error: Double

    package init(name: String, before: Double, after: Double, error: Double) {
      self.name = name
      self.before = before
      self.after = after
      self.error = error
    }

    package init(_ name: String, _ a: TimeSeries, _ b: TimeSeries) {
      self.init(
        name: name, before: a.median, after: b.median,
        error: Self.both(a.medianError, b.medianError))
    }

    fileprivate static func both(_ a: Double, _ b: Double) -> Double {
      (a * a + b * b).squareRoot()
    }

    package static let errors = 4.0

    var change: Double { before > 0 ? after / before - 1 : 0 }
    /// What a change must exceed, as a part of the value before.
    var noise: Double { before > 0 ? max(0.01, Self.errors * error / before) : .infinity }

    package enum Verdict: String {
      case faster, slower
      case same = ""
    }

    package var verdict: Verdict {
      guard abs(change) > noise else { return .same }
      return after < before ? .faster : .slower
    }
  }

  let before: ProfileReport
  let after: ProfileReport

  /// Time on the wall, of stages and frames.
  var stageRows: [Row] {
    let stages = before.stageNames.enumerated().compactMap { index, name -> Row? in
      guard let place = after.stageNames.firstIndex(of: name) else { return nil }
      return Row(name, .stage(index, of: before), .stage(place, of: after))
    }
    // Frames come out in bursts, so the mean says more than the median; its reverse is fps.
    let (a, b) = (TimeSeries.intervals(of: before), TimeSeries.intervals(of: after))
    return stages + [
      Row("latency", .latency(of: before), .latency(of: after)),
      Row(
        name: "a frame", before: a.mean, after: b.mean, error: Row.both(a.meanError, b.meanError)),
    ]
  }

  /// Core time of the network's layers: neither waiting nor the other stages are in it.
  var layerRows: [Row] {
    before.layers.compactMap { layer in
      guard let other = after.layers.first(where: { $0.name == layer.name }) else { return nil }
      return Row(
        layer.name, TimeSeries(layer.coreMilliseconds), TimeSeries(other.coreMilliseconds))
    }
  }

  var lines: [String] {
    let rates =
      "\(before.summary.framesPerSecond.decimal(1)) fps before, "
      + "\(after.summary.framesPerSecond.decimal(1)) fps after"
    return differences + table("stage, ms", stageRows) + [""]
      + (layerRows.isEmpty ? [] : table("layer, core ms", layerRows) + [""]) + [verdicts, rates]
  }

  private func table(_ title: String, _ rows: [Row]) -> [String] {
    let header =
      title.padded(28)
      + ["before", "after", "change", "noise"].map { $0.leftPadded(10) }.joined()
    return [header]
      + rows.map { row in
        let cells = [
          row.before.decimal(3), row.after.decimal(3),
          (row.change > 0 ? "+" : "") + ProfileTable.percent(row.change),
          row.noise.isFinite ? "±" + ProfileTable.percent(row.noise) : "-",
        ]
        return
          (row.name.padded(28) + cells.map { $0.leftPadded(10) }.joined() + "  "
          + row.verdict.rawValue).trimmedRight
      }
  }

  /// `faster: encoder, heads.semantic; slower: nothing`
  private var verdicts: String {
    let rows = stageRows + layerRows
    func names(_ verdict: Row.Verdict) -> String {
      let found = rows.filter { $0.verdict == verdict }.sorted { abs($0.change) > abs($1.change) }
      return found.isEmpty
        ? "nothing"
        : found.map { "\($0.name) \(ProfileTable.percent(abs($0.change)))" }.joined(separator: ", ")
    }
    return "faster beyond noise: \(names(.faster)); slower: \(names(.slower))"
  }

  /// What else differs: no figure means much if the sessions did not do the same.
  private var differences: [String] {
    let (a, b) = (before.session, after.session)
    let settings = [
      ("picture", a.picture, b.picture), ("network", a.network, b.network),
      ("precision", a.precision, b.precision), ("threads", "\(a.threads)", "\(b.threads)"),
      ("kernels", a.kernels, b.kernels), ("processor", a.processor, b.processor),
      ("encoded", "\(a.encoded)", "\(b.encoded)"),
    ]
    var lines = settings.filter { $0.1 != $0.2 }.map { "\($0.0): \($0.1) before, \($0.2) after" }
    let peaks = [before, after].map { $0.peak.operations($0.session.precision) }
    let change = peaks[0] > 0 ? peaks[1] / peaks[0] - 1 : 0
    if a.precision == b.precision, abs(change) > 0.02 {
      lines.append(
        "the machine itself did \(ProfileTable.percent(abs(change))) "
          + "\(change > 0 ? "more" : "fewer") operations a second")
    }
    let others = [before, after].map { $0.otherSeconds / max(1e-9, $0.summary.wallSeconds) }
    if others.contains(where: { $0 > 0.2 }) {
      lines.append(
        "other programs had \(others[0].decimal(1)) cores before, \(others[1].decimal(1)) after: "
          + "without them, figures would say more")
    }
    return lines.isEmpty ? [] : lines + [""]
  }
}
