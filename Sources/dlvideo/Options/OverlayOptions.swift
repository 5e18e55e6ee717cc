import ArgumentParser
import Overlay

/// What is drawn over the picture.
struct OverlayOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Opacity of the class colours, 0 to 1 (default: 0.45).", valueName: "x"))
  var alpha: Double?

  @Flag(help: "No lines around instances.")
  var noContours = false

  @Flag(help: "No names and scores at instances.")
  var noLabels = false

  @Flag(help: "No frame number, fps and stage times in the corner.")
  var noHud = false

  @Flag(help: "A table of the classes' colours.")
  var legend = false

  @Flag(help: "The untouched picture on the left, the annotated one on the right.")
  var sideBySide = false

  func validate() throws {
    if let alpha, !(0...1).contains(alpha) {
      throw ValidationError("--alpha \(alpha): give an opacity from 0 to 1")
    }
  }
}

extension OverlayOptions {
  var style: OverlayStyle {
    var style = OverlayStyle()
    if let alpha { style.alpha = alpha }
    style.contours = !noContours
    style.labels = !noLabels
    style.hud = !noHud
    style.legend = legend
    style.sideBySide = sideBySide
    return style
  }
}
