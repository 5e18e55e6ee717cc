/// Which waiting frame of a live source makes way when the stages cannot keep up.
public enum DropPolicy: String, Sendable, Hashable, CaseIterable, Codable {
  /// Newest frame first: one frame waits at most, and a newer one takes its place. Lowest latency.
  case latest
  /// A few frames wait in order, so that a short burst survives; when the waiting room is full its
  /// oldest frame makes way.
  case oldest
  /// Nothing is dropped: the source waits, and its own buffers (driver, network) fill up.
  case none
}

/// How frames get from the source into the stages.
public enum FlowPolicy: Sendable, Hashable {
  /// Every frame goes through; a full pipeline blocks the source.
  case file

  /// The source never waits for the stages (unless `drop` is `.none`): frames wait in a small room
  /// between source and first stage, where newer ones displace older ones, and only as many frames
  /// are let into the stages as keep the cores busy. So latency stays flat however fast the source.
  ///
  /// - Parameters:
  ///   - drop: which waiting frame makes way.
  ///   - maxLatencyMilliseconds: a waiting frame older than this is dropped as soon as a newer one
  ///     is there, and fewer frames are let in at a time while frames come out later than this. The
  ///     newest frame is never dropped for its age: late is better than black. Frames that came
  ///     out late are counted (`RunSummary.lateFrames`).
  case live(drop: DropPolicy, maxLatencyMilliseconds: Double? = nil)
}

/// How many frames may be between the drop point and the end at once.
///
/// Frames beyond what keeps the cores busy only wait for each other: with `n` frames in flight that
/// need `w` of CPU time each on `p` cores, throughput is `min(n, p) / w` and latency
/// `max(1, n / p) * w`. One more than the cores covers the hand-over. While frames come out later
/// than the allowed latency the limit goes down by one, and back up after a calm spell.
package struct AdmissionLimit: Sendable, Equatable {
  package let base: Int
  package let maxLatencyNanoseconds: UInt64?
  package private(set) var current: Int
  private var calmFrames = 0
  private var settling = 0

  /// This many frames in a row well below the allowed latency raise the limit again.
  package static let calmFramesToRaise = 32

  package init(base: Int, maxLatencyNanoseconds: UInt64?) {
    precondition(base >= 1, "at least one frame must be let in")
    self.base = base
    self.maxLatencyNanoseconds = maxLatencyNanoseconds
    current = base
  }

  /// A frame left the pipeline, `latency` nanoseconds after its capture.
  package mutating func frameLeft(latency: UInt64) {
    guard let allowed = maxLatencyNanoseconds else { return }
    if latency > allowed {
      calmFrames = 0
      // Frames let in under the old limit still have to come out before the new one can tell.
      if settling > 0 {
        settling -= 1
      } else if current > 1 {
        settling = current
        current -= 1
      }
    } else {
      settling = 0
      calmFrames = latency < allowed / 4 * 3 ? calmFrames + 1 : 0
      if calmFrames >= Self.calmFramesToRaise, current < base {
        current += 1
        calmFrames = 0
      }
    }
  }
}
