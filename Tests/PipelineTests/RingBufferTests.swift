import Foundation
import Pipeline
import SeededRandom
import Synchronization
import Testing

@Suite struct RingBufferTests {
  /// Every step against a plain array, invariants after each.
  @Test(arguments: 1...9)
  func behavesAsAQueue(capacity: Int) throws {
    var random = SplitMix(seed: capacity)
    let ring = RingBuffer<Int>(capacity: capacity)
    var model: [Int] = []
    for step in 0..<2000 {
      if Bool.random(using: &random) {
        let pushed = ring.tryPush(step)
        #expect(pushed == (model.count < capacity))
        if pushed { model.append(step) }
      } else {
        let popped = ring.tryPop()
        #expect(popped == model.first)
        if popped != nil { model.removeFirst() }
      }
      ring.checkInvariants()
      #expect(ring.count == model.count)
      #expect(ring.restingElements() == model)
    }
  }

  @Test func endsComeBehindTheElements() throws {
    let closed = RingBuffer<Int>(capacity: 4)
    #expect(closed.push(1) && closed.push(2))
    closed.close()
    #expect(!closed.push(3) && !closed.tryPush(3))
    closed.fail(Break(at: 0))  // too late
    #expect(try closed.pop() == 1)
    #expect(try closed.pop() == 2)
    #expect(try closed.pop() == nil)
    #expect(try closed.pop() == nil)

    let failed = RingBuffer<Int>(capacity: 4)
    #expect(failed.push(1))
    failed.fail(Break(at: 7))
    failed.checkInvariants()
    #expect(try failed.pop() == 1)
    #expect(throws: Break(at: 7)) { try failed.pop() }
    #expect(throws: Break(at: 7)) { try failed.pop() }

    let abandoned = RingBuffer<Int>(capacity: 4)
    #expect(abandoned.push(1))
    abandoned.abandon()
    #expect(!abandoned.push(2))
    #expect(abandoned.restingElements() == [1])
  }

  @Test func elementsInsideAreFreedWithTheRing() {
    final class Witness: Sendable {
      let gone: @Sendable () -> Void
      init(_ gone: @escaping @Sendable () -> Void) { self.gone = gone }
      deinit { gone() }
    }
    let gone = Collector()
    do {
      let ring = RingBuffer<Witness>(capacity: 3)
      for number in 0..<3 { #expect(ring.push(Witness { gone.add(number) })) }
      _ = ring.tryPop()
      #expect(ring.push(Witness { gone.add(3) }))
      #expect(gone.all == [0])
    }
    #expect(gone.all.sorted() == [0, 1, 2, 3])
  }

  enum End: CaseIterable { case close, fail, abandon }

  /// Two threads, random speeds, a random end: everything pushed comes out once and in order, or is
  /// still inside where the popping side went away; and both sides return.
  @Test(arguments: 0..<60)
  func twoThreads(seed: Int) throws {
    var random = SplitMix(seed: seed)
    let ring = RingBuffer<Int>(capacity: Int.random(in: 1...16, using: &random))
    let count = Int.random(in: 0...400, using: &random)
    let end = End.allCases.randomElement(using: &random)!
    let popLimit = end == .abandon ? Int.random(in: 0...400, using: &random) : .max
    let pauses = (0..<2).map { _ in Int.random(in: 0...2, using: &random) }
    let pushed = Atomic<Int>(0)
    let done = DispatchSemaphore(value: 0)
    let seeds = (Int(random.next() >> 2), Int(random.next() >> 2))
    let producer = Thread {
      var random = SplitMix(seed: seeds.0)
      for number in 0..<count {
        if Int.random(in: 0..<8, using: &random) < pauses[0] { sleep(microseconds: 20) }
        guard ring.push(number) else { break }
        ring.checkInvariants()
        pushed.add(1, ordering: .relaxed)
      }
      switch end {
      case .close, .abandon: ring.close()
      case .fail: ring.fail(Break(at: seed))
      }
      done.signal()
    }
    producer.start()
    var popped: [Int] = []
    var error: Break?
    do {
      var random = SplitMix(seed: seeds.1)
      while popped.count < popLimit, let number = try ring.pop() {
        ring.checkInvariants()
        popped.append(number)
        if Int.random(in: 0..<8, using: &random) < pauses[1] { sleep(microseconds: 20) }
      }
    } catch let thrown as Break { error = thrown }
    if end == .abandon { ring.abandon() }
    done.wait()
    ring.checkInvariants()
    let total = pushed.load(ordering: .relaxed)
    #expect(popped + ring.restingElements() == Array(0..<total))
    if end != .abandon { #expect(popped.count == count) }
    #expect(error == (end == .fail ? Break(at: seed) : nil))
  }
}
