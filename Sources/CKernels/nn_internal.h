// What the kernel files share; not for users.
#ifndef DLVIDEO_CK_NN_INTERNAL_H
#define DLVIDEO_CK_NN_INTERNAL_H

#include <string.h>

#include "nn.h"
#include "nn_sanitized.h"

static inline float bf16_to_float(uint16_t x) {
  uint32_t bits = (uint32_t)x << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

/// To nearest, ties to even; NaN stays a NaN. Denormals are flushed to zero as VCVTNEPS2BF16 does.
static inline uint16_t float_to_bf16(float f) {
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)((bits >> 16) | 0x40u);
  if ((bits & 0x7f800000u) == 0) return (uint16_t)((bits >> 16) & 0x8000u);
  return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// What is left to fetch of a ck_slices, and how many lines a tile fetches.
typedef struct {
  const char *pixel;
  size_t line, lines;  // of a pixel
  size_t stride;
  size_t left, share;
} ck_slice_fetcher;

static inline ck_slice_fetcher ck_fetch_slices(const ck_slices *s, size_t tiles) {
  if (!s->first) return (ck_slice_fetcher){0};
  const size_t before = (uintptr_t)s->first % 64, lines = (before + s->bytes + 63) / 64;
  const size_t left = lines * (size_t)s->count;
  return (ck_slice_fetcher){.pixel = (const char *)s->first - before,
                            .lines = lines,
                            .stride = s->stride,
                            .left = left,
                            .share = (left + tiles - 1) / tiles};
}

static inline void ck_fetch_share(ck_slice_fetcher *f) {
  size_t lines = f->share < f->left ? f->share : f->left;
  f->left -= lines;
  while (lines--) {
    __builtin_prefetch(f->pixel + f->line * 64, 0, 2);
    if (++f->line == f->lines) {
      f->line = 0;
      f->pixel += f->stride;
    }
  }
}

// Both of a ck_upcoming's slices.
typedef struct {
  ck_slice_fetcher slices[2];
} ck_upcoming_fetcher;

static inline ck_upcoming_fetcher ck_fetch_upcoming(const ck_upcoming *u, size_t tiles) {
  return (ck_upcoming_fetcher){
      {ck_fetch_slices(&u->slices[0], tiles), ck_fetch_slices(&u->slices[1], tiles)}};
}

static inline void ck_fetch_shares(ck_upcoming_fetcher *f) {
  ck_fetch_share(&f->slices[0]);
  ck_fetch_share(&f->slices[1]);
}

static inline int ck_ceil_div(int a, int b) { return (a + b - 1) / b; }

// Where part `index` of `count` equal ones of so many rows begins, and the part before it ends.
static inline int ck_part(int rows, int index, int count) {
  return (int)((long)rows * index / count);
}

// The second of two output rows reads `stride` input rows lower than the first. Where so many units
// of input rows have room for that, there are weights for it that begin as many rows lower; so many
// versions, with the first row's.
static inline int ck_row_versions(int kernel, int unit) {
  const int room = ck_ceil_div(kernel, unit) * unit - kernel;
  return 1 + (room < 2 ? room : 2);
}

// Channels that packed depthwise weights have room for in the group that begins at `channel`.
static inline size_t ck_group_channels(size_t channel, size_t channels) {
  const size_t left = channels - channel;
  return left >= CK_PANEL ? CK_PANEL : (left + 15) / 16 * 16;
}

// Packing does not depend on the instruction set.
size_t ck_packed_size_f32(int k, int n);
void ck_pack_f32(const float *b, size_t b_stride, int k, int n, void *packed);
// The same, with weights rounded to bfloat16.
void ck_pack_bf16_to_f32(const float *b, size_t b_stride, int k, int n, void *packed);
size_t ck_packed_size_bf16(int k, int n);
void ck_pack_bf16(const float *b, size_t b_stride, int k, int n, void *packed);
// Depthwise weights lie in groups of CK_PANEL channels, the last one's rounded up to 16: so a
// tile's taps are close to each other whatever the channels, and a group is packed weights by
// itself. Float: [group][kernel * kernel][channel].
size_t ck_packed_depthwise_size_f32(int kernel, int channels);
void ck_pack_depthwise_f32(const float *weights, int kernel, int channels, void *packed);
// bfloat16: [group][2][pairs of window rows][kernel][channel][2], as VDPBF16PS takes them: first
// with the pairs (0, 1), (2, 3), ... (kernel - 1, none), then, for the second of two output rows
// over the same pairs of input rows, (none, 0), (1, 2), ...
size_t ck_packed_depthwise_size_bf16(int kernel, int channels);
void ck_pack_depthwise_bf16(const float *weights, int kernel, int channels, void *packed);

// int8: see nn_pack_i8.c.
size_t ck_packed_size_i8(int k, int n);
void ck_pack_i8(const float *b, size_t b_stride, int k, int n, void *packed);
size_t ck_packed_depthwise_size_i8(int kernel, int channels);
void ck_pack_depthwise_i8(const float *weights, int kernel, int channels, void *packed);
// The same numbers for AVX2, 16 bits each, in pairs of rows instead of fours.
size_t ck_packed_size_i16(int k, int n);
void ck_pack_i16(const float *b, size_t b_stride, int k, int n, void *packed);
size_t ck_packed_depthwise_size_i16(int kernel, int channels);
void ck_pack_depthwise_i16(const float *weights, int kernel, int channels, void *packed);

// The compiler computes v here and moves no later load before this: where all registers are in use,
// loads ahead of their time would push sums out to memory.
#define CK_HOLD(v) __asm__ volatile("" : "+v"(v) : : "memory")

// Where a tile of a depthwise convolution lies; offsets and steps in elements.
typedef struct {
  size_t in, out;       // of the first output: from an input row's begin, from an output row's
  size_t x_step;        // from an output's input to the next output's
  size_t tap_step;      // from tap to tap
  size_t out_step;      // from output to output
  const void *weights;  // the group's
  size_t padded;        // channels that they have room for
  size_t channel;       // of the map
  size_t group;         // the group's first
  int channels;         // of the tile, fewer than a vector has at the end
} ck_depthwise_place;

// RUN(kernel, stride) with the numbers of a ck_depthwise_rows, as compile-time ones.
#define CK_FOR_WINDOW(rows, RUN)                  \
  switch ((rows)->kernel * 10 + (rows)->stride) { \
    case 31:                                      \
      RUN(3, 1);                                  \
      break;                                      \
    case 32:                                      \
      RUN(3, 2);                                  \
      break;                                      \
    case 51:                                      \
      RUN(5, 1);                                  \
      break;                                      \
    case 52:                                      \
      RUN(5, 2);                                  \
      break;                                      \
    case 71:                                      \
      RUN(7, 1);                                  \
      break;                                      \
    case 72:                                      \
      RUN(7, 2);                                  \
      break;                                      \
  }

extern const ck_nn ck_nn_f32_portable, ck_nn_bf16_portable, ck_nn_i8_portable;
#if defined(__x86_64__)
extern const ck_nn ck_nn_f32_avx2, ck_nn_f32_avx512;
extern const ck_nn ck_nn_bf16_avx2, ck_nn_bf16_avx512, ck_nn_bf16_avx512_dl, ck_nn_bf16_amx;
extern const ck_nn ck_nn_i8_avx2, ck_nn_i8_avx2_vnni, ck_nn_i8_avx512, ck_nn_i8_amx;
#endif

#endif
