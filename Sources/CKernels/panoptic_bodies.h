// Loops that compilers turn into vectors by themselves: each level's file instantiates them with
// its own instruction set. No contraction to FMA, so that all levels give the same bits.
#ifndef DLVIDEO_CK_PANOPTIC_BODIES_H
#define DLVIDEO_CK_PANOPTIC_BODIES_H

#include "panoptic.h"

#pragma STDC FP_CONTRACT OFF

#define CK_BODY static inline __attribute__((always_inline))

CK_BODY void blend_body(const float *restrict a, const float *restrict b, float t, int count,
                        float *restrict out) {
  for (int k = 0; k < count; k++) out[k] = a[k] + t * (b[k] - a[k]);
}

enum { CK_LANES = 16 };

CK_BODY int is_zero_row(const float *row, int stride) {
  uint32_t bits = 0;
  for (int c = 0; c < stride; c++) {
    uint32_t one;
    __builtin_memcpy(&one, row + c, 4);
    bits |= one;
  }
  return bits == 0;
}

/// Most rows of most maps have no votes: `used_rows` keeps which need any work, `rows` flags for
/// the map and as many for the scratch.
CK_BODY void smooth_body(const ck_score_map *map, const float *taps, int radius, float *scratch,
                         uint8_t *used_rows) {
  int rows = map->rows, stride = map->stride;
  uint8_t *is_needed = used_rows + rows;
  for (int r = 0; r < rows; r++)
    used_rows[r] = !is_zero_row(map->bins + (ptrdiff_t)r * stride, stride);
  for (int r = 0; r < rows; r++) {
    int low = r > radius ? r - radius : 0, high = r + radius < rows ? r + radius : rows - 1;
    is_needed[r] = 0;
    for (int n = low; n <= high; n++) is_needed[r] |= used_rows[n];
    if (!is_needed[r]) continue;
    float *restrict out = scratch + (ptrdiff_t)r * stride;
    const float *restrict in = map->bins + (ptrdiff_t)r * stride;
    for (int c = 0; c < stride; c += CK_LANES) {
      float sum[CK_LANES];
      for (int l = 0; l < CK_LANES; l++) sum[l] = taps[0] * in[c + l];
      for (int d = 1; d <= radius; d++) {
        float tap = taps[d];
        const float *above = in - (ptrdiff_t)d * stride + c;
        const float *below = in + (ptrdiff_t)d * stride + c;
        if (r >= d)
          for (int l = 0; l < CK_LANES; l++) sum[l] += tap * above[l];
        if (r + d < rows)
          for (int l = 0; l < CK_LANES; l++) sum[l] += tap * below[l];
      }
      for (int l = 0; l < CK_LANES; l++) out[c + l] = sum[l];
    }
  }
  for (int r = 0; r < rows; r++) {
    if (!is_needed[r]) continue;
    const float *restrict in = scratch + (ptrdiff_t)r * stride;
    float *restrict out = map->bins + (ptrdiff_t)r * stride;
    // Beyond the row's ends lie its neighbours' guards, zeros before this pass.
    for (int c = 0; c < stride; c += CK_LANES) {
      float sum[CK_LANES];
      for (int l = 0; l < CK_LANES; l++) sum[l] = taps[0] * in[c + l];
      for (int d = 1; d <= radius; d++) {
        float tap = taps[d];
        for (int l = 0; l < CK_LANES; l++) sum[l] += tap * (in[c + l - d] + in[c + l + d]);
      }
      for (int l = 0; l < CK_LANES; l++) out[c + l] = sum[l];
    }
  }
}

CK_BODY int is_peak(const float *p, int stride) {
  const float *above = p - stride, *below = p + stride;
  float v = *p;
  return v > above[-1] && v > above[0] && v > above[1] && v > p[-1] && v >= p[1] &&
         v >= below[-1] && v >= below[0] && v >= below[1];
}

#endif
