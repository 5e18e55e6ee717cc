// FFmpeg's headers in one module, with the macros that Swift cannot import.
#ifndef DLVIDEO_CFFMPEG_SHIM_H
#define DLVIDEO_CFFMPEG_SHIM_H

#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

static inline int ff_averror(int posix_error) { return AVERROR(posix_error); }
static const int ff_averror_eof = AVERROR_EOF;
static const int ff_averror_exit = AVERROR_EXIT;
static const int ff_averror_invaliddata = AVERROR_INVALIDDATA;
static const int64_t ff_nopts = AV_NOPTS_VALUE;

#endif
