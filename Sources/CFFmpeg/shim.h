// FFmpeg's headers in one module, with the macros that Swift cannot import.
#ifndef DLVIDEO_CFFMPEG_SHIM_H
#define DLVIDEO_CFFMPEG_SHIM_H

#include <dlfcn.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavdevice/version.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/cpu.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdbool.h>

#include "v4l2_cameras.h"

static inline int ff_averror(int posix_error) { return AVERROR(posix_error); }
static const int ff_averror_eof = AVERROR_EOF;
static const int ff_averror_exit = AVERROR_EXIT;
static const int ff_averror_invaliddata = AVERROR_INVALIDDATA;
static const int ff_averror_external = AVERROR_EXTERNAL;
static const int ff_averror_option_not_found = AVERROR_OPTION_NOT_FOUND;
static const int ff_averror_muxer_not_found = AVERROR_MUXER_NOT_FOUND;
static const int ff_averror_demuxer_not_found = AVERROR_DEMUXER_NOT_FOUND;
static const int ff_averror_protocol_not_found = AVERROR_PROTOCOL_NOT_FOUND;
static const int ff_averror_http_not_found = AVERROR_HTTP_NOT_FOUND;
static const int64_t ff_nopts = AV_NOPTS_VALUE;
static const AVRational ff_time_base_q = {1, AV_TIME_BASE};

// Registers the cameras and test sources of libavdevice; false when that library is missing.
//
// It is opened here, and not linked, because it brings a hundred libraries with it (libavfilter's:
// speech recognition, and by that OpenBLAS, with its threads) that a file or a stream never uses.
static inline bool ff_register_devices(void) {
  void *library =
      dlopen("libavdevice.so." AV_STRINGIFY(LIBAVDEVICE_VERSION_MAJOR), RTLD_NOW | RTLD_GLOBAL);
  if (!library) return false;
  void (*register_all)(void) = (void (*)(void))dlsym(library, "avdevice_register_all");
  if (!register_all) return false;
  register_all();
  return true;
}

#endif
