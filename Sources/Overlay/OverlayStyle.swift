/// What is drawn over a frame, and how strongly.
public struct OverlayStyle: Equatable, Sendable {
  /// Opacity of the class colours, 0 (the picture as it was) to 1.
  public var alpha: Double = 0.45
  /// A line along the inner edge of each instance.
  public var contours = true
  /// "car 87%" at each instance.
  public var labels = true
  /// Frame number, time, fps and each stage's milliseconds, in the upper left corner.
  public var hud = true
  /// The colours of the classes in sight, in the lower left corner.
  public var legend = false
  /// The picture as it was on the left, the annotated one on the right.
  public var sideBySide = false
  /// Where the classes' colours come from.
  public var palette = PaletteChoice.classColors

  public init() {}
}

/// Where the classes' colours come from.
public enum PaletteChoice: String, Sendable, CaseIterable {
  /// The model's own colours; classes without one take theirs from the colour-blind-safe palette.
  case classColors
  /// The colour-blind-safe palette for every class.
  case colorBlindSafe
}
