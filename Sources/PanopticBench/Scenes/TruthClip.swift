import Panoptic
import SeededRandom

/// A made-up video whose objects' identities are known: things that move on straight lines,
/// bounce off the frame's sides, pass before and behind each other and behind a standing post,
/// enter and leave.
package struct TruthClip {
  private struct Mover {
    var x: Double, y: Double
    var dx: Double, dy: Double
    let width: Double, height: Double
    let classIndex: Int
    let outline: TruthScene.Outline
    /// Frames in which it exists.
    let life: Range<Int>
  }

  package let frameCount: Int
  package let width: Int
  package let height: Int
  private var movers: [Mover] = []
  private let hasPost: Bool

  /// `speed` in pixels a frame, at most.
  package init(
    objects: Int, frames: Int, speed: Double, width: Int = 256, height: Int = 144,
    hasPost: Bool = true, seed: UInt64
  ) {
    var random = SplitMix(seed: seed)
    frameCount = frames
    self.width = width
    self.height = height
    self.hasPost = hasPost
    for n in 0..<objects {
      let (w, h) = (random.uniform(14...44).rounded(), random.uniform(14...40).rounded())
      let isBorn = n % 4 == 3
      let isGone = n % 4 == 2
      movers.append(
        Mover(
          x: random.uniform(0...(Double(width) - w)), y: random.uniform(0...(Double(height) - h)),
          dx: random.uniform(-speed...speed), dy: random.uniform(-speed...speed) / 2, width: w,
          height: h, classIndex: TruthScene.firstThing + Int(random.next() % 3),
          outline: random.next() % 2 == 0 ? .box : .ellipse,
          life: (isBorn ? frames / 3 : 0)..<(isGone ? 2 * frames / 3 : frames)))
    }
  }

  /// All frames; an object's instance is its number in the clip, 1, 2, ...
  package func frames() -> [TruthScene] {
    var movers = movers
    return (0..<frameCount).map { frame in
      var scene = TruthScene(width: width, height: height)
      for (n, mover) in movers.enumerated() where mover.life.contains(frame) {
        scene.paint(
          mover.outline, classIndex: mover.classIndex, x: mover.x, y: mover.y, width: mover.width,
          height: mover.height, id: n + 1)
      }
      if hasPost {
        scene.paintStuff(
          classIndex: 2, x: Double(width) / 2, y: 0, width: 12, height: Double(height))
      }
      scene.removeSpecks(smallerThan: 24)
      for n in movers.indices { advance(&movers[n]) }
      return scene
    }
  }

  private func advance(_ mover: inout Mover) {
    mover.x += mover.dx
    mover.y += mover.dy
    if mover.x < 0 || mover.x + mover.width > Double(width) { mover.dx = -mover.dx }
    if mover.y < 0 || mover.y + mover.height > Double(height) { mover.dy = -mover.dy }
    mover.x = min(max(mover.x, 0), Double(width) - mover.width)
    mover.y = min(max(mover.y, 0), Double(height) - mover.height)
  }
}

extension TruthScene {
  /// Paints stuff over what is there.
  package mutating func paintStuff(
    classIndex: Int, x: Double, y: Double, width w: Double, height h: Double
  ) {
    for row in max(Int(y), 0)..<min(Int(y + h), height) {
      for column in max(Int(x), 0)..<min(Int(x + w), width) {
        semantic[row * width + column] = UInt8(classIndex)
        instance[row * width + column] = 0
      }
    }
  }

  /// Turns what is left of objects with fewer visible pixels into road.
  package mutating func removeSpecks(smallerThan least: Int) {
    var areas: [UInt16: Int] = [:]
    for id in instance where id != 0 { areas[id, default: 0] += 1 }
    for pixel in instance.indices where instance[pixel] != 0 {
      if areas[instance[pixel], default: 0] < least {
        instance[pixel] = 0
        semantic[pixel] = 1
      }
    }
  }

  /// What a decoder without a fault would make of the scene, in the order of the first pixels;
  /// `wrongClass` things get another thing class, and `missed` ones are road.
  package func panopticMap(wrongClass: Set<UInt16> = [], missed: Set<UInt16> = []) -> PanopticMap {
    let map = PanopticMap(width: width, height: height)
    var places: [UInt32: Int] = [:]
    var instancesOfClass = [Int](repeating: 0, count: Self.classes.count)
    for y in 0..<height {
      for x in 0..<width {
        let pixel = y * width + x
        var id = instance[pixel]
        var classIndex = Int(semantic[pixel])
        if missed.contains(id) { (id, classIndex) = (0, 1) }
        if wrongClass.contains(id) { classIndex = classIndex == 3 ? 4 : 3 }
        let key = id == 0 ? UInt32(classIndex) : 1000 + UInt32(id)
        if places[key] == nil {
          places[key] = map.segments.count
          if id != 0 { instancesOfClass[classIndex] += 1 }
          map.segments.append(
            Segment(
              classIndex: classIndex, isThing: id != 0,
              instance: id == 0 ? 0 : instancesOfClass[classIndex], area: 0, box: (x, y, 1, 1),
              score: 1))
        }
        let place = places[key]!
        map.indices[pixel] = UInt16(place)
        var segment = map.segments[place]
        let right = max(segment.box.x + segment.box.width, x + 1)
        segment.box.x = min(segment.box.x, x)
        segment.box.width = right - segment.box.x
        segment.box.height = y - segment.box.y + 1
        segment.area += 1
        map.segments[place] = segment
      }
    }
    return map
  }
}
