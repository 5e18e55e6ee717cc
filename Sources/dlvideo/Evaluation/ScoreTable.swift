import Panoptic

/// The scores as a table for people (in percent) and as JSON (fractions of 1).
struct ScoreTable {
  let scores: PanopticScores
  let imageCount: Int

  var lines: [String] {
    let width = max(8, scores.perClass.map(\.category.name.count).max() ?? 0)
    var lines = [
      "".padded(width) + ["PQ", "SQ", "RQ", "PC", "IoU"].map { $0.leftPadded(8) }.joined()
    ]
    for (category, quality) in scores.perClass {
      lines.append(
        category.name.padded(width)
          + [quality.pq, quality.sq, quality.rq, quality.pc, quality.iou].map(Self.percent)
          .joined())
    }
    lines.append("")
    for (name, quality) in [
      ("all", scores.all), ("things", scores.things), ("stuff", scores.stuff),
    ] {
      lines.append(
        name.padded(width)
          + [quality.pq, quality.sq, quality.rq].map(Self.percent).joined()
          + (name == "all" ? [scores.pc, scores.miou].map(Self.percent).joined() : "")
          + "   \(quality.classCount) classes")
    }
    lines.append("\(imageCount) images")
    return lines
  }

  private static func percent(_ value: Double?) -> String {
    (value.map { (100 * $0).decimal(1) } ?? "-").leftPadded(8)
  }

  var json: JSONText {
    var json = JSONText()
    json.object { json in
      for (name, quality) in [
        ("all", scores.all), ("things", scores.things), ("stuff", scores.stuff),
      ] {
        json.object(name) {
          $0.quality(quality.pq, quality.sq, quality.rq)
          $0.member("n", quality.classCount)
        }
      }
      json.member("pc", scores.pc, places: 9)
      json.member("miou", scores.miou, places: 9)
      json.member("images", imageCount)
      json.object("per_class") { json in
        for (category, quality) in scores.perClass {
          json.object(String(category.id)) {
            $0.member("name", category.name)
            $0.member("isthing", category.isThing ? 1 : 0)
            $0.quality(quality.pq, quality.sq, quality.rq)
            $0.member("pc", quality.pc, places: 9)
            $0.member("iou", quality.iou, places: 9)
            $0.member("tp", quality.truePositives)
            $0.member("fp", quality.falsePositives)
            $0.member("fn", quality.falseNegatives)
          }
        }
      }
    }
    json.newline()
    return json
  }
}

extension JSONText {
  fileprivate mutating func quality(_ pq: Double, _ sq: Double, _ rq: Double) {
    member("pq", pq, places: 9)
    member("sq", sq, places: 9)
    member("rq", rq, places: 9)
  }
}
