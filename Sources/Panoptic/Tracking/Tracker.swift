/// Gives every thing of a video a number that it keeps from frame to frame.
///
/// Each frame, every track is moved on by its velocity and compared with every thing of the
/// frame: by the overlap (IoU) of the moved mask; where that says little (small and fast, or
/// hidden for a while) by the overlap of the boxes and the distance of the centres. A pair of
/// different classes counts half, and one of a track that is new a little less: a part that had a
/// number of its own for some frames does not take the whole from the number that it had before. The
/// assignment that maximises the sum is optimal. What is left over begins new tracks; tracks without
/// a thing wait `patience` frames for it to reappear.
///
/// A thing's class is voted on by its latest frames, so that one frame's mistake does not show.
///
/// Memory is bounded and taken at creation: nothing is allocated per frame.
public final class Tracker: @unchecked Sendable {
  public struct Parameters: Sendable {
    /// Frames that a track survives without being seen.
    public var patience = 15
    /// Pairs that are less similar than this are not the same object, 0...1.
    public var leastSimilarity: Float = 0.08
    /// Similarity of a pair of different classes, of what it would be else.
    public var otherClass: Float = 0.5
    /// What the pairs of a track that was never seen would lose, 0...1; less with each frame in which
    /// it was, nothing from `youth` of them on.
    public var newTrack: Float = 0.4
    public var youth = 16
    /// Of a new frame in the smoothed velocity, 0...1.
    public var velocityShare: Float = 0.5
    /// What is left of a class vote after each frame; 0 turns smoothing of classes off.
    public var classMemory: Float = 0.8

    public init() {}
  }

  /// Objects remembered at once; the longest unseen go first.
  public static let capacity = 512
  /// Masks are compared at every second pixel of every second row.
  private static let step = 2
  private static let unlabelled: UInt16 = 0xFFFF

  private let parameters: Parameters
  private let classCount: Int
  private let assignment: Assignment
  private let tracks: FixedBuffer<Track>
  private var trackCount = 0
  private var lastID = 0
  /// The last frame's tracks by sample, as places in `tracks`.
  private var masks: FixedBuffer<UInt16>?
  /// Class votes by place of track.
  private let votes: FixedBuffer<Float>
  /// The things of the frame: places in the map's segments.
  private let things: FixedBuffer<UInt16>
  private var thingCount = 0
  /// Column of each segment of the frame, or `unlabelled`.
  private let columnOfSegment: FixedBuffer<UInt16>
  /// The track of each thing of the frame, or -1.
  private let trackOfThing: FixedBuffer<Int32>
  private let thingArea: FixedBuffer<Float>
  private let thingX: FixedBuffer<Float>
  private let thingY: FixedBuffer<Float>
  private let renumbered: FixedBuffer<UInt16>
  private let instancesOfClass: FixedBuffer<Int32>

  public init(classCount: Int = 256, parameters: Parameters = Parameters()) {
    self.parameters = parameters
    self.classCount = classCount
    let segments = InstanceSet.capacity + 256
    assignment = Assignment(rowCapacity: Self.capacity, columnCapacity: InstanceSet.capacity)
    tracks = FixedBuffer(repeating: Track(), count: Self.capacity)
    votes = FixedBuffer(repeating: 0, count: Self.capacity * classCount)
    things = FixedBuffer(repeating: 0, count: segments)
    columnOfSegment = FixedBuffer(repeating: 0, count: segments)
    trackOfThing = FixedBuffer(repeating: -1, count: segments)
    thingArea = FixedBuffer(repeating: 0, count: segments)
    thingX = FixedBuffer(repeating: 0, count: segments)
    thingY = FixedBuffer(repeating: 0, count: segments)
    renumbered = FixedBuffer(repeating: 0, count: Self.capacity)
    instancesOfClass = FixedBuffer(repeating: 0, count: classCount)
  }

  /// Fills in `trackID` of the map's thing segments, and their class by vote. Call it once a
  /// frame, in order; all maps must be of one size.
  public func update(_ map: PanopticMap) {
    let masks = memory(for: map)
    listThings(map)
    measureThings(map)
    for t in 0..<trackCount { tracks.base[t].predict() }
    compare(map, masks)
    assignment.solve(rows: trackCount, columns: thingCount)
    continueTracks(map)
    beginTracks(map)
    forgetTracks()
    writeMasks(map, masks)
    if parameters.classMemory > 0 { voteForClasses(map) }
  }

  /// Objects that are remembered now, seen or not.
  public var rememberedCount: Int { trackCount }

  private func memory(for map: PanopticMap) -> FixedBuffer<UInt16> {
    let samples = (map.width / Self.step) * (map.height / Self.step)
    if let masks, masks.count == samples { return masks }
    let fresh = FixedBuffer<UInt16>(repeating: Self.unlabelled, count: samples)
    masks = fresh
    return fresh
  }

  private func listThings(_ map: PanopticMap) {
    thingCount = 0
    for (index, segment) in map.segments.enumerated() {
      columnOfSegment.base[index] = Self.unlabelled
      guard segment.isThing, thingCount < InstanceSet.capacity else { continue }
      columnOfSegment.base[index] = UInt16(thingCount)
      things.base[thingCount] = UInt16(index)
      trackOfThing.base[thingCount] = -1
      thingCount += 1
    }
  }

  private func measureThings(_ map: PanopticMap) {
    thingArea.fill(0, count: thingCount)
    thingX.fill(0, count: thingCount)
    thingY.fill(0, count: thingCount)
    forEachSample(map) { _, x, y, segment in
      let column = columnOfSegment.base[segment]
      guard column != Self.unlabelled else { return }
      thingArea.base[Int(column)] += 1
      thingX.base[Int(column)] += Float(x)
      thingY.base[Int(column)] += Float(y)
    }
    for n in 0..<thingCount {
      let box = map.segments[Int(things.base[n])].box
      if thingArea.base[n] > 0 {
        thingX.base[n] /= thingArea.base[n]
        thingY.base[n] /= thingArea.base[n]
      } else {
        thingX.base[n] = Float(box.x) + 0.5 * Float(box.width - 1)
        thingY.base[n] = Float(box.y) + 0.5 * Float(box.height - 1)
      }
    }
  }

  /// `body(sample, x, y, segment)` for all samples of the map.
  @inline(__always)
  private func forEachSample(_ map: PanopticMap, _ body: (Int, Int, Int, Int) -> Void) {
    let columns = map.width / Self.step
    for row in 0..<(map.height / Self.step) {
      let line = map.indices + row * Self.step * map.width
      for column in 0..<columns {
        body(
          row * columns + column, column * Self.step, row * Self.step,
          Int(line[column * Self.step]))
      }
    }
  }

  /// Fills the similarities of all tracks and things.
  private func compare(_ map: PanopticMap, _ masks: FixedBuffer<UInt16>) {
    assignment.clear(rows: trackCount, columns: thingCount)
    countOverlaps(map, masks)
    for t in 0..<trackCount {
      let track = tracks.base[t]
      let row = assignment.similarity.base + t * assignment.columnCapacity
      let missing = Float(max(0, parameters.youth - track.framesSeen))
      let young = missing / Float(max(1, parameters.youth))
      let claim = 1 - parameters.newTrack * young
      for n in 0..<thingCount {
        let segment = map.segments[Int(things.base[n])]
        let union = track.area + thingArea.base[n] - row[n]
        var similarity = union > 0 ? row[n] / union : 0
        if similarity < 0.5 { similarity = max(similarity, likeness(track, n, segment)) }
        if segment.classIndex != track.classIndex { similarity *= parameters.otherClass }
        row[n] = similarity >= parameters.leastSimilarity ? claim * similarity : 0
      }
    }
  }

  /// Samples that the moved masks and the things share, into `similarity`.
  private func countOverlaps(_ map: PanopticMap, _ masks: FixedBuffer<UInt16>) {
    let columns = map.width / Self.step
    let rows = map.height / Self.step
    for row in 0..<rows {
      for column in 0..<columns {
        let t = masks.base[row * columns + column]
        guard t != Self.unlabelled else { continue }
        let track = tracks.base[Int(t)]
        let x = column + Int((track.velocityX / Float(Self.step)).rounded())
        let y = row + Int((track.velocityY / Float(Self.step)).rounded())
        guard x >= 0, y >= 0, x < columns, y < rows else { continue }
        let segment = Int(map.indices[(y * map.width + x) * Self.step])
        let thing = columnOfSegment.base[segment]
        if thing != Self.unlabelled {
          assignment.similarity.base[Int(t) * assignment.columnCapacity + Int(thing)] += 1
        }
      }
    }
  }

  /// Similarity by box and place, at most a half: never before a good overlap of masks.
  private func likeness(_ track: Track, _ n: Int, _ segment: Segment) -> Float {
    let width = Float(segment.box.width)
    let height = Float(segment.box.height)
    let x = Float(segment.box.x) + 0.5 * (width - 1)
    let y = Float(segment.box.y) + 0.5 * (height - 1)
    let overlapX = 0.5 * (width + track.width) - abs(x - track.centreX)
    let overlapY = 0.5 * (height + track.height) - abs(y - track.centreY)
    var boxes: Float = 0
    if overlapX > 0, overlapY > 0 {
      let both = min(overlapX, width, track.width) * min(overlapY, height, track.height)
      boxes = both / (width * height + track.width * track.height - both)
    }
    let dx = x - track.centreX
    let dy = y - track.centreY
    let sizes = width * height / (track.width * track.height)
    var near: Float = 0
    if sizes > 0.4, sizes < 2.5 {
      near = max(0, 1 - (dx * dx + dy * dy).squareRoot() / (1.5 * track.scale))
    }
    return max(0.5 * boxes, 0.25 * near)
  }

  private func continueTracks(_ map: PanopticMap) {
    for t in 0..<trackCount {
      let n = Int(assignment.columnOfRow.base[t])
      guard n >= 0 else {
        tracks.base[t].framesUnseen += 1
        tracks.base[t].area = 0
        continue
      }
      trackOfThing.base[n] = Int32(t)
      observe(n, map, &tracks.base[t])
    }
  }

  private func beginTracks(_ map: PanopticMap) {
    for n in 0..<thingCount where trackOfThing.base[n] < 0 {
      let t = freePlace()
      guard t >= 0 else { continue }
      lastID += 1
      var track = Track()
      track.id = lastID
      track.classIndex = map.segments[Int(things.base[n])].classIndex
      observe(n, map, &track)
      tracks.base[t] = track
      (votes.base + t * classCount).update(repeating: 0, count: classCount)
      trackOfThing.base[n] = Int32(t)
    }
  }

  /// A new place, or that of the track that is unseen for longest; -1 where all are seen.
  private func freePlace() -> Int {
    if trackCount < Self.capacity {
      trackCount += 1
      return trackCount - 1
    }
    var oldest = -1
    var longest = 0
    for t in 0..<trackCount where tracks.base[t].framesUnseen > longest {
      longest = tracks.base[t].framesUnseen
      oldest = t
    }
    return oldest
  }

  /// Brings a track up to date with thing n of the frame.
  private func observe(_ n: Int, _ map: PanopticMap, _ track: inout Track) {
    let box = map.segments[Int(things.base[n])].box
    let x = Float(box.x) + 0.5 * Float(box.width - 1)
    let y = Float(box.y) + 0.5 * Float(box.height - 1)
    if track.framesSeen > 0 {
      // The prediction moved the centre already, once for each frame that it was unseen.
      let frames = Float(track.framesUnseen + 1)
      let share = track.framesSeen == 1 ? 1 : parameters.velocityShare
      // What is half hidden changes its middle without moving.
      let sizes = Float(box.width * box.height) / (track.width * track.height)
      if sizes > 0.7, sizes < 1.4 {
        track.velocityX += share * (x - track.centreX) / frames
        track.velocityY += share * (y - track.centreY) / frames
      }
    }
    track.centreX = x
    track.centreY = y
    track.width = Float(box.width)
    track.height = Float(box.height)
    track.area = thingArea.base[n]
    track.framesUnseen = 0
    track.framesSeen += 1
  }

  private func forgetTracks() {
    var kept = 0
    for t in 0..<trackCount {
      guard tracks.base[t].framesUnseen <= parameters.patience else {
        renumbered.base[t] = Self.unlabelled
        continue
      }
      renumbered.base[t] = UInt16(kept)
      if kept != t {
        tracks.base[kept] = tracks.base[t]
        (votes.base + kept * classCount).update(
          from: votes.base + t * classCount, count: classCount)
      }
      kept += 1
    }
    for n in 0..<thingCount where trackOfThing.base[n] >= 0 {
      trackOfThing.base[n] = Int32(renumbered.base[Int(trackOfThing.base[n])])
    }
    trackCount = kept
  }

  private func writeMasks(_ map: PanopticMap, _ masks: FixedBuffer<UInt16>) {
    forEachSample(map) { sample, _, _, segment in
      let column = columnOfSegment.base[segment]
      let track = column == Self.unlabelled ? -1 : trackOfThing.base[Int(column)]
      masks.base[sample] = track < 0 ? Self.unlabelled : UInt16(track)
    }
    for n in 0..<thingCount {
      let track = trackOfThing.base[n]
      map.segments[Int(things.base[n])].trackID = track < 0 ? 0 : tracks.base[Int(track)].id
    }
  }

  /// Gives things the class that their latest frames had most, and numbers the classes' instances
  /// anew.
  private func voteForClasses(_ map: PanopticMap) {
    for n in 0..<thingCount where trackOfThing.base[n] >= 0 {
      let t = Int(trackOfThing.base[n])
      let index = Int(things.base[n])
      let row = votes.base + t * classCount
      for c in 0..<classCount { row[c] *= parameters.classMemory }
      row[map.segments[index].classIndex] += 1
      var best = tracks.base[t].classIndex
      for c in 0..<classCount where row[c] > row[best] { best = c }
      tracks.base[t].classIndex = best
      map.segments[index].classIndex = best
    }
    instancesOfClass.fill(0)
    for n in 0..<thingCount {
      let index = Int(things.base[n])
      let c = map.segments[index].classIndex
      instancesOfClass.base[c] += 1
      map.segments[index].instance = Int(instancesOfClass.base[c])
    }
  }
}
