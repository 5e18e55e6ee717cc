import Panoptic
import SeededRandom

/// How well numbers stay with their objects on clips with known identities.
package enum TrackingTable {
  package struct Scores: Sendable {
    package var switches = IdentitySwitches(classes: TruthScene.classes)
    package var vpq = VideoPanopticEvaluator(classes: TruthScene.classes)
    package var stq = SegmentationTrackingEvaluator(classes: TruthScene.classes)
  }

  /// Tracks the truth's maps, in which each thing is missed in one frame of `1 / missing` and has
  /// another class in one of `1 / wrongClass`; without `isTracking` numbers are the frame's own.
  package static func scores(
    _ clip: TruthClip, missing: Double = 0, wrongClass: Double = 0, isTracking: Bool = true,
    seed: UInt64 = 5
  ) throws -> Scores {
    var random = SplitMix(seed: seed)
    let tracker = Tracker(classCount: TruthScene.classes.count)
    var scores = Scores()
    var truths: [LabelMap] = []
    var predictions: [LabelMap] = []
    for scene in clip.frames() {
      let things = scene.visibleInstances.sorted()
      let missed = Set(things.filter { _ in random.uniform() < missing })
      let wrong = Set(things.filter { _ in random.uniform() < wrongClass })
      let map = scene.panopticMap(wrongClass: wrong, missed: missed)
      if isTracking { tracker.update(map) }
      let prediction = LabelMap(
        map, classes: TruthScene.classes, identity: isTracking ? .track : .instance)
      try scores.switches.add(truth: scene.labels, prediction: prediction)
      truths.append(scene.labels)
      predictions.append(prediction)
    }
    try scores.vpq.add(truth: truths, prediction: predictions)
    try scores.stq.add(truth: truths, prediction: predictions)
    return scores
  }

  package static func printTable() throws {
    print("| clip | tracking | objects x frames | switches | VPQ | STQ | AQ |")
    print("|---|---|---|---|---|---|---|")
    for (name, objects, speed, missing, wrong) in [
      ("4 slow", 4, 2.0, 0.0, 0.0), ("8", 8, 4, 0, 0), ("8 fast", 8, 12, 0, 0),
      ("20", 20, 4, 0, 0), ("8, 5 % missed", 8, 4, 0.05, 0), ("8, 5 % other class", 8, 4, 0, 0.05),
    ] {
      for isTracking in [true, false] {
        let clip = TruthClip(objects: objects, frames: 60, speed: speed, seed: 3)
        let s = try scores(clip, missing: missing, wrongClass: wrong, isTracking: isTracking)
        print(
          "| \(name) | \(isTracking ? "yes" : "no") | \(s.switches.objects) | "
            + "\(s.switches.switches) | \(s.vpq.vpq().percent) | \(s.stq.scores().stq.percent) | "
            + "\(s.stq.scores().aq.percent) |")
      }
    }
  }
}
