/// A CSV file with a row for each frame that went through:
///
///     frame,<leading...>,<stage>_ms...,latency_ms,dropped,<trailing...>
///
/// `frame` is the source's number of the frame, from 0; `<stage>_ms` what each stage took for this
/// frame, the source first, in milliseconds with three decimals; `latency_ms` capture to the end of
/// the last stage; `dropped` how many frames were lost just before it. Lines end in LF, fields are
/// quoted as RFC 4180 says, and numbers have a decimal point whatever the locale.
public final class FrameTable<Slot: AnyObject & Sendable>: FrameObserver, @unchecked Sendable {
  /// What stands in a field.
  public enum Value: Sendable {
    case empty
    case integer(Int)
    /// With so many decimals (0...9); left empty when not finite or beyond 9e9.
    case decimal(Double, places: Int)
    case text(String)
  }

  /// A column of the caller's.
  public struct Column: Sendable {
    let name: String
    let value: @Sendable (Slot, FrameTiming) -> Value

    public init(_ name: String, value: @escaping @Sendable (Slot, FrameTiming) -> Value) {
      self.name = name
      self.value = value
    }
  }

  private let file: BackgroundFile
  private let leading: [Column]
  private let trailing: [Column]
  // Calls come one after the other, see `FrameObserver`.
  private var row = TextRow()

  /// - Parameters:
  ///   - path: the file; created at once, so that a wrong path is known before the first frame.
  ///   - overwrite: whether an existing file may be replaced.
  ///   - leading: columns between `frame` and the stages (`pts`, say).
  ///   - trailing: columns at the end (`instances`, say).
  /// - Throws: `PipelineError.fileExists`, `.cannotCreateFile`.
  public init(path: String, overwrite: Bool, leading: [Column] = [], trailing: [Column] = []) throws
  {
    file = try BackgroundFile(path: path, overwrite: overwrite)
    self.leading = leading
    self.trailing = trailing
  }

  public func runBegan(stages: [String], start: UInt64) throws {
    row.clear()
    let names =
      ["frame"] + leading.map(\.name) + stages.map { $0 + "_ms" } + ["latency_ms", "dropped"]
      + trailing.map(\.name)
    for (index, name) in names.enumerated() {
      if index > 0 { row.append("," as Unicode.Scalar) }
      row.append(csv: name)
    }
    row.append("\n" as Unicode.Scalar)
    try file.append(row.bytes)
  }

  public func frameDone(_ slot: Slot, _ timing: FrameTiming) throws {
    row.clear()
    row.append(timing.sequence)
    for column in leading { append(column.value(slot, timing)) }
    for stage in timing.stageNames.indices {
      row.append("," as Unicode.Scalar)
      row.append(milliseconds: timing.nanoseconds(stage: stage))
    }
    row.append("," as Unicode.Scalar)
    row.append(milliseconds: timing.latencyNanoseconds)
    row.append("," as Unicode.Scalar)
    row.append(timing.dropped)
    for column in trailing { append(column.value(slot, timing)) }
    row.append("\n" as Unicode.Scalar)
    try file.append(row.bytes)
  }

  public func runEnded(_ summary: RunSummary) throws { try file.close() }

  private func append(_ value: Value) {
    row.append("," as Unicode.Scalar)
    switch value {
    case .empty: break
    case .integer(let number): row.append(number)
    case .decimal(let number, let places): row.append(number, places: places)
    case .text(let text): row.append(csv: text)
    }
  }
}
