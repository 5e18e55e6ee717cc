import Foundation

/// Where datagrams sent to a port of this machine are read.
///
/// FFmpeg receives them in a thread that it cancels in the middle of a call, after which the thread
/// sanitizer gives up; under it they are received where they are read.
func udpAddress(port: Int) -> String {
  let isThreadSanitized = dlsym(nil, "__tsan_init") != nil
  return "udp://127.0.0.1:\(port)" + (isThreadSanitized ? "?fifo_size=0" : "")
}
