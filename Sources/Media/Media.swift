// Media: everything that touches FFmpeg, and nothing else does.
//
//     input -> Demuxer -> PacketClock -> VideoDecoder -> FrameClock -> VideoFrame
//                 |                                                      |   |
//                 | OtherPacket                     FrameConverter <-----+   +--> PictureScaler
//                 v                                       v                       (RGB for the
//     output <- Muxer <- StreamCopies        canvas (drawn into elsewhere)          network)
//                 ^                                       |
//                 +------------- VideoEncoder <-----------+
//
// Reading. `MediaReader` opens whatever a user may name (`InputLocation` sorts it out before FFmpeg
// sees it), finds the video (`StreamChoice`), decodes it and hands over pictures in order. A
// `MediaSource` is one opening of the input; a live source that fails gets a new one. Two clocks
// make time stamps trustworthy: `PacketClock` bridges jumps of a container's clock for all of its
// streams alike, `FrameClock` makes the pictures' times rise strictly. Where nothing is wrong both
// leave every time stamp as it is. Packets of other streams pass by untouched to `packetSink`.
// An input that ends before its end gives all that can be decoded first, then `brokeMidway`.
//
// Pictures. A `VideoFrame` owns an `AVFrame`, whose samples are counted references: sharing costs
// nothing, and `makeWritable` copies only what somebody else, mostly the decoder, still holds, into
// a buffer of a `FramePool`. `FrameConverter` and `PictureScaler` keep one swscale context each
// and make it anew only when the source's geometry changes.
//
// Writing. `MediaWriter` first settles everything that can be settled without touching the disk:
// container, encoder, pixel format (`CanvasChoice`), size, options; the file is created last. Any
// failure after that takes the file away again. Pictures and copied packets may come from
// different threads; they meet at the `Muxer`, under a lock.
//
// Errors. Every FFmpeg call that can fail goes through `attempt`, `check` or `checkedCode`, which is
// where tests inject faults (`FaultInjection`). What a failure means for the user is decided where
// the input or output is known, as a `MediaError` with a cause.
//
// Limits. Pictures above 16384 pixels a side or 64 Mpixels, more than 256 streams, and protocols,
// hosts or folders that the user did not name are refused (`ProtocolWhitelist`, `OpenGuard`). Time
// stamps are anybody's 64 bits: what is computed with them wraps, it does not trap. Everything that waits has a deadline
// (`Interruption`) and can be cancelled from another thread.
