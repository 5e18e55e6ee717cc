// Offsets, votes, smoothing, peaks and distances, portable.
#include <math.h>
#include <string.h>

#include "panoptic_bodies.h"
#include "panoptic_portable.h"

#pragma STDC FP_CONTRACT OFF

static inline float clamp(float v, float high) { return v < 0 ? 0 : v > high ? high : v; }

static inline float mix(float a, float b, float t) { return a + t * (b - a); }

void ck_sample_offset(const ck_offset_field *f, int k, float x, float y, float *dx, float *dy) {
  // A NaN or an infinity ends at a border: clamp lets neither through.
  float u = clamp((x - 1.5f) * 0.25f, (float)(f->width - 1));
  float v = clamp((y - 1.5f) * 0.25f, (float)(f->height - 1));
  if (!(u >= 0)) u = 0;
  if (!(v >= 0)) v = 0;
  int j = (int)u, i = (int)v;
  float s = u - (float)j, t = v - (float)i;
  ptrdiff_t right = j + 1 < f->width ? f->pixel_stride : 0;
  ptrdiff_t down = i + 1 < f->height ? f->row_stride : 0;
  const float *p = f->base + 2 * k + i * f->row_stride + j * f->pixel_stride;
  *dx = mix(mix(p[0], p[right], s), mix(p[down], p[down + right], s), t);
  *dy = mix(mix(p[1], p[right + 1], s), mix(p[down + 1], p[down + right + 1], s), t);
}

void ck_refine_portable(const ck_offset_field *long_range, const ck_offset_field *short_range,
                        const uint32_t *cells, int count, int keypoints, int rounds, float *targets,
                        int target_stride) {
  for (int n = 0; n < count; n++) {
    int i = (int)cells[n] / long_range->width, j = (int)cells[n] % long_range->width;
    const float *o = long_range->base + i * long_range->row_stride + j * long_range->pixel_stride;
    for (int k = 0; k < keypoints; k++) {
      float x = 4 * (float)j + 1.5f + o[2 * k], y = 4 * (float)i + 1.5f + o[2 * k + 1];
      for (int round = 0; round < rounds; round++) {
        float dx, dy;
        ck_sample_offset(short_range, k, x, y, &dx, &dy);
        x += dx;
        y += dy;
      }
      targets[(ptrdiff_t)(2 * k) * target_stride + n] = x;
      targets[(ptrdiff_t)(2 * k + 1) * target_stride + n] = y;
    }
  }
}

/// Spreads `weight` bilinearly over the four bins around (x, y); what falls outside is lost.
static inline void cast(ck_score_map *map, float x, float y, float weight) {
  float u = (x - 0.5f) * 0.5f + (float)map->margin, v = (y - 0.5f) * 0.5f + (float)map->margin;
  float least = (float)map->guard;
  if (!(u >= least && v >= least && u < (float)(map->columns - map->guard - 1) &&
        v < (float)(map->rows - map->guard - 1)))
    return;
  int c = (int)u, r = (int)v;
  float s = u - (float)c, t = v - (float)r;
  float *bin = map->bins + (ptrdiff_t)r * map->stride + c;
  float low = weight * t, high = weight - low;
  float right = high * s;
  bin[0] += high - right;
  bin[1] += right;
  right = low * s;
  bin[map->stride] += low - right;
  bin[map->stride + 1] += right;
}

void ck_cast_short_range(const float *heatmap, ptrdiff_t pixel_stride, ptrdiff_t row_stride,
                         const ck_offset_field *short_range, float minimum, float weight,
                         ck_score_map *maps) {
  // p >= minimum is the same as logit >= log(minimum / (1 - minimum)).
  float least = minimum <= 0 ? -INFINITY : minimum >= 1 ? INFINITY : logf(minimum / (1 - minimum));
  for (int i = 0; i < short_range->height; i++)
    for (int j = 0; j < short_range->width; j++) {
      const float *logit = heatmap + i * row_stride + j * pixel_stride;
      const float *o =
          short_range->base + i * short_range->row_stride + j * short_range->pixel_stride;
      for (int k = 0; k < CK_KEYPOINTS; k++) {
        if (!(logit[k] >= least)) continue;
        float probability = 1 / (1 + expf(-logit[k]));
        cast(maps + k, 4 * (float)j + 1.5f + o[2 * k], 4 * (float)i + 1.5f + o[2 * k + 1],
             weight * probability);
      }
    }
}

void ck_cast_long_range(const float *targets, int target_stride, int count, float weight,
                        float minimum_area, ck_score_map *maps) {
  for (int n = 0; n < count; n++) {
    float x[CK_KEYPOINTS], y[CK_KEYPOINTS];
    for (int k = 0; k < CK_KEYPOINTS; k++) {
      x[k] = targets[(ptrdiff_t)(2 * k) * target_stride + n];
      y[k] = targets[(ptrdiff_t)(2 * k + 1) * target_stride + n];
    }
    float width = 0.5f * (x[1] + x[3] - x[0] - x[2]) + 1;
    float height = 0.5f * (y[2] + y[3] - y[0] - y[1]) + 1;
    float area = width > 0 && height > 0 ? width * height : 0;
    float share = weight / (area > minimum_area ? area : minimum_area);
    for (int k = 0; k < CK_KEYPOINTS; k++) cast(maps + k, x[k], y[k], share);
  }
}

void ck_smooth_portable(const ck_score_map *map, const float *taps, int radius, float *scratch,
                        uint8_t *used_rows) {
  smooth_body(map, taps, radius, scratch, used_rows);
}

int ck_find_peaks_portable(const ck_score_map *map, float threshold, ck_peak *peaks, int capacity) {
  int found = 0;
  for (int r = 1; r + 1 < map->rows; r++)
    for (int c = 1; c + 1 < map->columns; c++) {
      const float *p = map->bins + (ptrdiff_t)r * map->stride + c;
      if (!(*p >= threshold) || !is_peak(p, map->stride)) continue;
      if (found == capacity) return found;
      peaks[found++] = (ck_peak){*p, (uint32_t)(r * map->stride + c)};
    }
  return found;
}

int ck_nearest_portable(const float *target, int target_stride, const ck_instance *instances,
                        const uint16_t *candidates, int count, float *distance_squared) {
  int best = -1;
  float least = INFINITY;
  for (int n = 0; n < count; n++) {
    const ck_instance *a = instances + candidates[n];
    float sum = 0;
    for (int k = 0; k < CK_KEYPOINTS; k++) {
      float dx = target[(ptrdiff_t)(2 * k) * target_stride] - a->x[k];
      float dy = target[(ptrdiff_t)(2 * k + 1) * target_stride] - a->y[k];
      sum += dx * dx + dy * dy;
    }
    sum *= a->inverse_scale_squared;
    if (sum < least) {
      least = sum;
      best = candidates[n];
    }
  }
  *distance_squared = least;
  return best;
}

int ck_nearest_point_portable(float x, float y, const float *xs, const float *ys, int count) {
  int best = -1;
  float least = INFINITY;
  for (int n = 0; n < count; n++) {
    float dx = x - xs[n], dy = y - ys[n];
    float distance = dx * dx + dy * dy;
    if (distance < least) {
      least = distance;
      best = n;
    }
  }
  return best;
}
