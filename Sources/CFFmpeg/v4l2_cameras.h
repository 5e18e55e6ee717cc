// What a Video4Linux camera offers: ioctl and its request numbers are macros and variadic, which
// Swift cannot import. Every function returns 0, or -1 at the end of a list or on an error.
#ifndef DLVIDEO_V4L2_CAMERAS_H
#define DLVIDEO_V4L2_CAMERAS_H

#include <errno.h>
#include <linux/videodev2.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

typedef struct {
  char driver[17];
  char card[33];
  // The size it is set to.
  uint32_t width, height;
} dlv_camera;

typedef struct {
  uint32_t fourcc;
  char description[33];
} dlv_camera_format;

typedef struct {
  uint32_t width, height, max_width, max_height;
  // Any size between the two, in steps.
  int is_range;
} dlv_camera_size;

typedef struct {
  // Seconds a frame.
  uint32_t numerator, denominator;
  int is_range;
} dlv_camera_interval;

static inline int dlv_ioctl(int device, unsigned long request, void *argument) {
  int result;
  do {
    result = ioctl(device, request, argument);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -1 : 0;
}

// Fails for devices that capture no pictures.
static inline int dlv_camera_query(int device, dlv_camera *camera) {
  struct v4l2_capability capability;
  memset(&capability, 0, sizeof capability);
  memset(camera, 0, sizeof *camera);
  if (dlv_ioctl(device, VIDIOC_QUERYCAP, &capability) < 0) return -1;
  uint32_t does = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps
                                                                 : capability.capabilities;
  if (!(does & V4L2_CAP_VIDEO_CAPTURE)) return -1;
  memcpy(camera->driver, capability.driver, 16);
  memcpy(camera->card, capability.card, 32);
  struct v4l2_format format;
  memset(&format, 0, sizeof format);
  format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  if (dlv_ioctl(device, VIDIOC_G_FMT, &format) == 0) {
    camera->width = format.fmt.pix.width;
    camera->height = format.fmt.pix.height;
  }
  return 0;
}

static inline int dlv_camera_format_at(int device, uint32_t index, dlv_camera_format *format) {
  struct v4l2_fmtdesc description;
  memset(&description, 0, sizeof description);
  memset(format, 0, sizeof *format);
  description.index = index;
  description.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  if (dlv_ioctl(device, VIDIOC_ENUM_FMT, &description) < 0) return -1;
  format->fourcc = description.pixelformat;
  memcpy(format->description, description.description, 32);
  return 0;
}

static inline int dlv_camera_size_at(int device, uint32_t fourcc, uint32_t index,
                                     dlv_camera_size *size) {
  struct v4l2_frmsizeenum sizes;
  memset(&sizes, 0, sizeof sizes);
  memset(size, 0, sizeof *size);
  sizes.index = index;
  sizes.pixel_format = fourcc;
  if (dlv_ioctl(device, VIDIOC_ENUM_FRAMESIZES, &sizes) < 0) return -1;
  if (sizes.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
    size->width = size->max_width = sizes.discrete.width;
    size->height = size->max_height = sizes.discrete.height;
  } else {
    size->width = sizes.stepwise.min_width;
    size->height = sizes.stepwise.min_height;
    size->max_width = sizes.stepwise.max_width;
    size->max_height = sizes.stepwise.max_height;
    size->is_range = 1;
  }
  return 0;
}

static inline int dlv_camera_interval_at(int device, uint32_t fourcc, uint32_t width,
                                         uint32_t height, uint32_t index,
                                         dlv_camera_interval *interval) {
  struct v4l2_frmivalenum intervals;
  memset(&intervals, 0, sizeof intervals);
  memset(interval, 0, sizeof *interval);
  intervals.index = index;
  intervals.pixel_format = fourcc;
  intervals.width = width;
  intervals.height = height;
  if (dlv_ioctl(device, VIDIOC_ENUM_FRAMEINTERVALS, &intervals) < 0) return -1;
  if (intervals.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
    interval->numerator = intervals.discrete.numerator;
    interval->denominator = intervals.discrete.denominator;
  } else {
    interval->numerator = intervals.stepwise.min.numerator;
    interval->denominator = intervals.stepwise.min.denominator;
    interval->is_range = 1;
  }
  return interval->denominator && interval->numerator ? 0 : -1;
}

#endif
