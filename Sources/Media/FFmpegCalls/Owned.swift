import CFFmpeg
import Glibc

/// An `AVPacket` shell that is filled and emptied again and again.
struct Packet: ~Copyable {
  let pointer: UnsafeMutablePointer<AVPacket>

  init() {
    guard let packet = av_packet_alloc() else { fatalError("out of memory") }
    pointer = packet
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = pointer
    av_packet_free(&packet)
  }
}

/// A decoder's or encoder's context.
struct CodecContext: ~Copyable {
  let pointer: UnsafeMutablePointer<AVCodecContext>

  init(_ codec: UnsafePointer<AVCodec>) throws(MediaError) {
    pointer = try checkedPointer(.allocateContext, "a codec") { avcodec_alloc_context3(codec) }
  }

  deinit {
    var context: UnsafeMutablePointer<AVCodecContext>? = pointer
    avcodec_free_context(&context)
  }
}

/// Options by FFmpeg's names, as FFmpeg wants them. What it used, it takes out.
struct OptionSet: ~Copyable {
  var pointer: OpaquePointer?
  private var failure: Int32 = 0

  init(_ options: [String: String] = [:]) {
    for (name, value) in options { self[name] = value }
  }

  deinit {
    var dictionary = pointer
    av_dict_free(&dictionary)
  }

  subscript(name: String) -> String? {
    get {
      guard let entry = av_dict_get(pointer, name, nil, 0) else { return nil }
      return String(cString: entry.pointee.value)
    }
    set {
      let code = checkedCode(.setOption) { av_dict_set(&pointer, name, newValue, 0) }
      if code < 0 { failure = code }
    }
  }

  /// An option that was lost for want of memory may be a limit: nothing is opened without it.
  func verify(_ operation: @autoclosure () -> String) throws(MediaError) {
    if failure < 0 {
      throw .internalFailure(operation: operation(), reason: ffmpegMessage(failure))
    }
  }

  /// What nobody used, by name.
  var leftOver: [String] {
    var names: [String] = []
    var entry: UnsafeMutablePointer<AVDictionaryEntry>?
    while let next = av_dict_get(pointer, "", entry, AV_DICT_IGNORE_SUFFIX) {
      names.append(String(cString: next.pointee.key))
      entry = next
    }
    return names
  }
}

/// The system's words for an `errno`.
func posixMessage(_ code: Int32) -> String {
  String(cString: strerror(code))
}
