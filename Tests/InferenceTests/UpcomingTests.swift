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
    let memory = Upcoming.slices(2..<4, of: slice).memory
    #expect(memory.slices == UnsafeRawPointer(slice.pixel(2, 0)))
    #expect(memory.slice_bytes == 8 * 4)
    let last = memory.slices! + Int(memory.slice_count - 1) * memory.slice_stride
    #expect(last == UnsafeRawPointer(slice.pixel(3, 6)))
    #expect(Upcoming.slices(4..<9, of: slice).memory.slice_count == 7)
    #expect(Upcoming.slices(5..<6, of: slice).memory.slices == nil)
  }
}
