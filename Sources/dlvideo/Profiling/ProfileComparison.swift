/// What became faster or slower from one session to another, noise taken into account.
///
/// A median counts as changed where it moved by more than three times the error of the difference
/// (`TimeSeries.medianError` of both) and by more than 1 %.
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

    var change: Double { before > 0 ? after / before - 1 : 0 }

    package enum Verdict: String {
      case faster, slower
      case same = ""
    }

    package var verdict: Verdict {
      guard abs(after - before) > 3 * error, abs(change) > 0.01 else { return .same }
      return after < before ? .faster : .slower
    }
  }

  let before: ProfileReport
  let after: ProfileReport

  var rows: [Row] {
    let stages = before.stageNames.enumerated().compactMap { index, name -> Row? in
      guard let place = after.stageNames.firstIndex(of: name) else { return nil }
      return row(
        name, TimeSeries.stage(index, of: before), TimeSeries.stage(place, of: after))
    }
    return stages + [
      row("latency", TimeSeries.latency(of: before), TimeSeries.latency(of: after)),
      row("a frame", Self.intervals(before), Self.intervals(after)),
    ]
  }

  private func row(_ name: String, _ a: TimeSeries, _ b: TimeSeries) -> Row {
    let error = (a.medianError * a.medianError + b.medianError * b.medianError).squareRoot()
    return Row(name: name, before: a.quantile(0.5), after: b.quantile(0.5), error: error)
  }

  /// Milliseconds from one finished frame to the next.
  private static func intervals(_ report: ProfileReport) -> TimeSeries {
    TimeSeries(
      zip(report.frames, report.frames.dropFirst()).map {
        ($1.seconds - $0.seconds) * 1000 / Double(report.frameStep)
      })
  }

  var lines: [String] {
    let header =
      "median ms".padded(12)
      + ["before", "after", "change", "noise"].map { $0.leftPadded(10) }
      .joined()
    let table = rows.map { row in
      let cells = [
        row.before.decimal(2), row.after.decimal(2),
        (row.change > 0 ? "+" : "") + ProfileTable.percent(row.change),
        row.before > 0 && row.error.isFinite
          ? "±" + ProfileTable.percent(3 * row.error / row.before) : "-",
      ]
      return row.name.padded(12) + cells.map { $0.leftPadded(10) }.joined() + "  "
        + row.verdict.rawValue
    }
    let rates =
      "\(before.summary.framesPerSecond.decimal(1)) fps before, "
      + "\(after.summary.framesPerSecond.decimal(1)) fps after"
    return [header] + table + ["", rates]
  }
}
