import Inference
import Testing

@Suite struct UpcomingTests {
  private let map = FeatureBuffer(height: 5, width: 7, channels: 48, halo: 2, elementSize: 4)

  /// Parts follow each other from the first row's first pixel to the last one's last.
  @Test(arguments: [1, 2, 5])
  func partsMakeUpTheRows(_ parts: Int) {
    let view = map.view
    var at = UnsafeRawPointer(view.pixel(1, 0))
    for part in 0..<parts {
      let memory = Upcoming.rows(1..<4, of: view, part: part, of: parts).memory
      #expect(memory.rows == at)
      at += memory.row_bytes
    }
    #expect(at == UnsafeRawPointer(view.pixel(3, 7)))
  }

  @Test func rowsThatDoNotExistAreLeftOut() {
    let view = map.view
    #expect(Upcoming.rows(5..<9, of: view).memory.rows == nil)
    let memory = Upcoming.rows(4..<9, of: view).memory
    #expect(memory.rows == UnsafeRawPointer(view.pixel(4, 0)))
    #expect(memory.row_bytes == 7 * 48 * 4)
  }

  /// A slice's pixels are the map's, with the halo between rows.
  @Test func slicesReachFromTheFirstPixelToTheLast() {
    let slice = map.view.slice(first: 16, channels: 8)
    let slices = Upcoming.slices(2..<4, of: slice).memory.slices
    #expect(slices.0.first == UnsafeRawPointer(slice.pixel(2, 0)))
    #expect(slices.0.bytes == 8 * 4)
    let last = slices.0.first! + Int(slices.0.count - 1) * slices.0.stride
    #expect(last == UnsafeRawPointer(slice.pixel(3, 6)))
    #expect(slices.1.first == nil)
    #expect(Upcoming.slices(4..<9, of: slice).memory.slices.0.count == 7)
    #expect(Upcoming.slices(5..<6, of: slice).memory.slices.0.first == nil)
    let other = map.view.slice(first: 32, channels: 3)
    let both = Upcoming.slices(0..<1, of: slice, and: other).memory.slices
    #expect(both.0.first == UnsafeRawPointer(slice.pixel(0, 0)))
    #expect(both.1.first == UnsafeRawPointer(other.pixel(0, 0)))
    #expect(both.1.bytes == 3 * 4)
  }
}
