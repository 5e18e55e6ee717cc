import DeeperLab
import Inference
import Pipeline

/// Keeps the times of the network's layers over the whole run, in bounded memory.
final class LayerHistory: FrameObserver, @unchecked Sendable {
  private let capacity: Int
  // Calls come one after the other, see `FrameObserver`; read when the run has ended.
  /// Of each layer: its span on the wall and its core time, nanoseconds. Taken with the first
  /// frame, which tells how many layers there are.
  private var kept = ThinnedRows(columns: 0, capacity: 2)
  private var longest: [UInt64] = []

  /// - Parameter capacity: how many frames are kept at most; a multiple of
  ///   `LayerClock.picturesPerCoreTime`, so that when they are thinned those with core times stay.
  init(capacity: Int = 2048) { self.capacity = capacity }

  func runBegan(stages: [String], start: UInt64) {}
  func runEnded(_ summary: RunSummary) {}

  func frameDone(_ slot: FrameSlot, _ timing: FrameTiming) {
    guard slot.isParsed else { return }
    let times = slot.parsing.activations.layerTimes
    if longest.isEmpty {
      kept = ThinnedRows(columns: 2 * times.count, capacity: capacity)
      longest = Array(repeating: 0, count: times.count)
    }
    for layer in 0..<times.count {
      longest[layer] = max(longest[layer], times[layer].end - times[layer].begin)
    }
    kept.add { column in
      let span = times[column / 2]
      return column % 2 == 0 ? span.end - span.begin : span.core
    }
  }

  /// What was kept of each layer.
  func layers(_ layers: NetworkLayers) -> [ProfileReport.Layer] {
    guard !longest.isEmpty else { return [] }
    return layers.costs.enumerated().map { index, cost in
      let rows = 0..<kept.count
      return ProfileReport.Layer(
        name: cost.name, stage: layers.part(ofLayer: index).rawValue, operations: cost.operations,
        weightBytes: cost.weightBytes, mapBytes: cost.mapBytes,
        maxMilliseconds: Self.milliseconds(longest[index]),
        milliseconds: rows.map { Self.milliseconds(kept[$0, 2 * index]) },
        coreMilliseconds: rows.map { Self.milliseconds(kept[$0, 2 * index + 1]) }.filter { $0 > 0 })
    }
  }

  /// To a tenth of a microsecond, which is what the clocks are good for and keeps files short.
  private static func milliseconds(_ nanoseconds: UInt64) -> Double {
    Double((nanoseconds + 50) / 100) / 1e4
  }
}

extension DeeperLabNetwork {
  /// The layers as parts of their stages, for a trace.
  var stageParts: [StageParts<FrameSlot>] {
    NetworkPart.allCases.map { part in
      let range = layers.range(part)
      return StageParts(stage: part.rawValue, names: range.map { layers.costs[$0].name }) {
        slot, layer in
        guard slot.isParsed else { return (0, 0) }
        let span = slot.parsing.activations.layerTimes[range.lowerBound + layer]
        return (span.begin, span.end)
      }
    }
  }
}
