import Foundation
import Testing

@Suite struct SignalTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  /// A job without an end, once it is under way: some frames have gone into its `--json` report.
  private func endlessJob() throws -> Program.Running {
    let job = try Program.start(
      Program.binary,
      [
        "lavfi:testsrc2=size=96x64:rate=25", "-o", "out.mp4", "--size", "64x48", "--stats",
        "/dev/stderr",
      ], folder: folder.url)
    for _ in 0..<1000 where job.errorsSoFar.count < 200 { usleep(10_000) }
    return job
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func aSignalFinishesTheOutput(signal: Int32, status: Int32) throws {
    let job = try endlessJob()
    job.send(signal)
    let result = job.wait()
    #expect(result.status == status, "\(result.errors.suffix(300))")
    let frames = try Probe.frameTimes(folder.path("out.mp4")).count
    #expect(frames > 0)
  }
}
