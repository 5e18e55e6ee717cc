// Grouping and fusion with AVX-512.
#include "panoptic_bodies.h"
#include "panoptic_portable.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define AVX512_INLINE \
  static inline __attribute__((always_inline, target("avx512f,avx512bw,avx512dq,avx512vl")))

AVX512 static void blend(const float *a, const float *b, float t, int count, float *out) {
  blend_body(a, b, t, count, out);
}

AVX512 static void smooth(const ck_score_map *map, const float *taps, int radius, float *scratch,
                          uint8_t *used_rows) {
  smooth_body(map, taps, radius, scratch, used_rows);
}

/// exp(x) for x <= 0, relative error below 1e-6; 0 below -87.
AVX512_INLINE __m512 exp_of(__m512 x) {
  __m512 t = _mm512_mul_ps(_mm512_max_ps(x, _mm512_set1_ps(-100)), _mm512_set1_ps(1.44269504f));
  __m512 whole = _mm512_roundscale_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 f = _mm512_sub_ps(t, whole);
  __m512 p = _mm512_set1_ps(1.3333558e-3f);
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(9.6181291e-3f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(5.5504109e-2f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4022651e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9314718e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1));
  return _mm512_scalef_ps(p, whole);
}

AVX512_INLINE __mmask16 lanes(int count) {
  return count >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << count) - 1);
}

AVX512 static void classify(const float *logits, ptrdiff_t pixel_stride, int count, int classes,
                            uint8_t *class_index, float *probability) {
  const __m512 lowest = _mm512_set1_ps(-INFINITY);
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (int n = 0; n < count; n++, logits += pixel_stride) {
    __m512 best = lowest;
    __m512i index = lane;
    for (int c = 0; c < classes; c += 16) {
      __m512 value = _mm512_mask_loadu_ps(lowest, lanes(classes - c), logits + c);
      __mmask16 better = _mm512_cmp_ps_mask(value, best, _CMP_GT_OQ);
      best = _mm512_mask_mov_ps(best, better, value);
      index = _mm512_mask_add_epi32(index, better, lane, _mm512_set1_epi32(c));
    }
    __m512 top = _mm512_set1_ps(_mm512_reduce_max_ps(best));
    __mmask16 equal = _mm512_cmp_ps_mask(best, top, _CMP_EQ_OQ);
    class_index[n] = (uint8_t)_mm512_mask_reduce_min_epi32(equal, index);
    __m512 sum = _mm512_setzero_ps();
    for (int c = 0; c < classes; c += 16) {
      __mmask16 used = lanes(classes - c);
      __m512 value = _mm512_maskz_loadu_ps(used, logits + c);
      sum = _mm512_mask_add_ps(sum, used, sum, exp_of(_mm512_sub_ps(value, top)));
    }
    probability[n] = 1 / _mm512_reduce_add_ps(sum);
  }
}

AVX512 static void make_planes(const float *logits, ptrdiff_t pixel_stride, int width, int classes,
                               float *planes, int plane_stride) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i cells = _mm512_mullo_epi32(lane, _mm512_set1_epi32((int)pixel_stride));
  for (int j = 0; j < width; j += 16) {
    __mmask16 used = lanes(width - j);
    const float *from = logits + j * pixel_stride;
    for (int c = 0; c < classes; c++) {
      __m512 values = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), used, cells, from + c, 4);
      _mm512_mask_storeu_ps(planes + (ptrdiff_t)c * plane_stride + 1 + j, used, values);
    }
  }
  for (int c = 0; c < classes; c++) {
    float *plane = planes + (ptrdiff_t)c * plane_stride;
    plane[0] = plane[1];
    for (int j = width + 1; j < plane_stride; j++) plane[j] = plane[width];
  }
}

AVX512 static void argmax_row(const float *planes, int plane_stride, int width, int classes,
                              uint8_t *out) {
  const __m512 phase[4] = {_mm512_set1_ps(0.125f), _mm512_set1_ps(0.375f), _mm512_set1_ps(0.625f),
                           _mm512_set1_ps(0.875f)};
  for (int first = 0; first <= width; first += 16) {
    __m512 best[4];
    __m512i index[4];
    for (int p = 0; p < 4; p++) {
      best[p] = _mm512_set1_ps(-INFINITY);
      index[p] = _mm512_setzero_si512();
    }
    const float *plane = planes + first;
    for (int c = 0; c < classes; c++, plane += plane_stride) {
      __m512 a = _mm512_loadu_ps(plane);
      __m512 slope = _mm512_sub_ps(_mm512_loadu_ps(plane + 1), a);
      __m512i own = _mm512_set1_epi32(c);
      for (int p = 0; p < 4; p++) {
        __m512 value = _mm512_add_ps(a, _mm512_mul_ps(phase[p], slope));
        __mmask16 better = _mm512_cmp_ps_mask(value, best[p], _CMP_GT_OQ);
        best[p] = _mm512_mask_mov_ps(best[p], better, value);
        index[p] = _mm512_mask_mov_epi32(index[p], better, own);
      }
    }
    __m512i low = _mm512_or_si512(index[0], _mm512_slli_epi32(index[1], 8));
    __m512i high = _mm512_or_si512(index[2], _mm512_slli_epi32(index[3], 8));
    _mm512_storeu_si512(out + 4 * first, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
  }
}

AVX512 static int find_peaks(const ck_score_map *map, float threshold, ck_peak *peaks,
                             int capacity) {
  const __m512 least = _mm512_set1_ps(threshold);
  int found = 0;
  for (int r = 1; r + 1 < map->rows; r++) {
    const float *row = map->bins + (ptrdiff_t)r * map->stride;
    for (int c = 0; c < map->stride; c += 16) {
      unsigned mask = _mm512_cmp_ps_mask(_mm512_loadu_ps(row + c), least, _CMP_GE_OQ);
      for (; mask; mask &= mask - 1) {
        int at = c + __builtin_ctz(mask);
        if (at < 1 || at + 1 >= map->columns || !is_peak(row + at, map->stride)) continue;
        if (found == capacity) return found;
        peaks[found++] = (ck_peak){row[at], (uint32_t)(r * map->stride + at)};
      }
    }
  }
  return found;
}

/// Adds the offsets of one keypoint, bilinear at (x, y), to them; in the order of
/// `ck_sample_offset`, so that the bits are the same.
AVX512_INLINE void correct(const ck_offset_field *f, int k, __mmask16 used, __m512 *x, __m512 *y) {
  const __m512 zero = _mm512_setzero_ps(), quarter = _mm512_set1_ps(0.25f),
               origin = _mm512_set1_ps(1.5f);
  const __m512i one = _mm512_set1_epi32(1);
  // max with the coordinate first turns a NaN into 0.
  __m512 u = _mm512_max_ps(_mm512_mul_ps(_mm512_sub_ps(*x, origin), quarter), zero);
  __m512 v = _mm512_max_ps(_mm512_mul_ps(_mm512_sub_ps(*y, origin), quarter), zero);
  u = _mm512_min_ps(u, _mm512_set1_ps((float)(f->width - 1)));
  v = _mm512_min_ps(v, _mm512_set1_ps((float)(f->height - 1)));
  __m512i j = _mm512_cvttps_epi32(u), i = _mm512_cvttps_epi32(v);
  __m512 s = _mm512_sub_ps(u, _mm512_cvtepi32_ps(j));
  __m512 t = _mm512_sub_ps(v, _mm512_cvtepi32_ps(i));
  __mmask16 has_right =
      _mm512_cmplt_epi32_mask(_mm512_add_epi32(j, one), _mm512_set1_epi32(f->width));
  __mmask16 has_below =
      _mm512_cmplt_epi32_mask(_mm512_add_epi32(i, one), _mm512_set1_epi32(f->height));
  __m512i at = _mm512_add_epi32(_mm512_mullo_epi32(i, _mm512_set1_epi32((int)f->row_stride)),
                                _mm512_mullo_epi32(j, _mm512_set1_epi32((int)f->pixel_stride)));
  __m512i right = _mm512_mask_add_epi32(at, has_right, at, _mm512_set1_epi32((int)f->pixel_stride));
  __m512i step = _mm512_maskz_set1_epi32(has_below, (int)f->row_stride);
  __m512i below = _mm512_add_epi32(at, step), corner = _mm512_add_epi32(right, step);
  for (int axis = 0; axis < 2; axis++) {
    const float *base = f->base + 2 * k + axis;
    __m512 a = _mm512_mask_i32gather_ps(zero, used, at, base, 4);
    __m512 b = _mm512_mask_i32gather_ps(zero, used, right, base, 4);
    __m512 c = _mm512_mask_i32gather_ps(zero, used, below, base, 4);
    __m512 d = _mm512_mask_i32gather_ps(zero, used, corner, base, 4);
    __m512 top = _mm512_add_ps(a, _mm512_mul_ps(s, _mm512_sub_ps(b, a)));
    __m512 bottom = _mm512_add_ps(c, _mm512_mul_ps(s, _mm512_sub_ps(d, c)));
    __m512 offset = _mm512_add_ps(top, _mm512_mul_ps(t, _mm512_sub_ps(bottom, top)));
    if (axis == 0)
      *x = _mm512_add_ps(*x, offset);
    else
      *y = _mm512_add_ps(*y, offset);
  }
}

AVX512 static void refine(const ck_offset_field *long_range, const ck_offset_field *short_range,
                          const uint32_t *cells, int count, int keypoints, int rounds,
                          float *targets, int target_stride) {
  const __m512 four = _mm512_set1_ps(4), origin = _mm512_set1_ps(1.5f);
  const __m512i width = _mm512_set1_epi32(long_range->width);
  for (int n = 0; n < count; n += 16) {
    __mmask16 used = lanes(count - n);
    __m512i cell = _mm512_maskz_loadu_epi32(used, cells + n);
    // Exact: a quotient of whole numbers this small is farther from the next than it rounds.
    __m512 quotient = _mm512_div_ps(_mm512_add_ps(_mm512_cvtepi32_ps(cell), _mm512_set1_ps(0.5f)),
                                    _mm512_cvtepi32_ps(width));
    __m512i i = _mm512_cvttps_epi32(quotient);
    __m512i j = _mm512_sub_epi32(cell, _mm512_mullo_epi32(i, width));
    __m512i at =
        _mm512_add_epi32(_mm512_mullo_epi32(i, _mm512_set1_epi32((int)long_range->row_stride)),
                         _mm512_mullo_epi32(j, _mm512_set1_epi32((int)long_range->pixel_stride)));
    __m512 cell_x = _mm512_add_ps(_mm512_mul_ps(four, _mm512_cvtepi32_ps(j)), origin);
    __m512 cell_y = _mm512_add_ps(_mm512_mul_ps(four, _mm512_cvtepi32_ps(i)), origin);
    for (int k = 0; k < keypoints; k++) {
      const float *base = long_range->base + 2 * k;
      __m512 dx = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), used, at, base, 4);
      __m512 dy = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), used, at, base + 1, 4);
      __m512 x = _mm512_add_ps(cell_x, dx), y = _mm512_add_ps(cell_y, dy);
      for (int round = 0; round < rounds; round++) correct(short_range, k, used, &x, &y);
      _mm512_mask_storeu_ps(targets + (ptrdiff_t)(2 * k) * target_stride + n, used, x);
      _mm512_mask_storeu_ps(targets + (ptrdiff_t)(2 * k + 1) * target_stride + n, used, y);
    }
  }
}

AVX512 static int nearest_point(float x, float y, const float *xs, const float *ys, int count) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512 px = _mm512_set1_ps(x), py = _mm512_set1_ps(y);
  __m512 least = _mm512_set1_ps(INFINITY);
  __m512i index = _mm512_set1_epi32(-1);
  for (int n = 0; n < count; n += 16) {
    __mmask16 used = lanes(count - n);
    __m512 dx = _mm512_sub_ps(px, _mm512_maskz_loadu_ps(used, xs + n));
    __m512 dy = _mm512_sub_ps(py, _mm512_maskz_loadu_ps(used, ys + n));
    __m512 distance = _mm512_add_ps(_mm512_mul_ps(dx, dx), _mm512_mul_ps(dy, dy));
    __mmask16 nearer = _mm512_mask_cmp_ps_mask(used, distance, least, _CMP_LT_OQ);
    least = _mm512_mask_mov_ps(least, nearer, distance);
    index = _mm512_mask_add_epi32(index, nearer, lane, _mm512_set1_epi32(n));
  }
  __m512 lowest = _mm512_set1_ps(_mm512_reduce_min_ps(least));
  __mmask16 equal = _mm512_cmp_ps_mask(least, lowest, _CMP_EQ_OQ);
  return _mm512_mask_reduce_min_epi32(equal, index);
}

const ck_panoptic_kernels ck_panoptic_avx512 = {
    .classify = classify,
    .make_planes = make_planes,
    .blend = blend,
    .argmax_row = argmax_row,
    .refine = refine,
    .smooth = smooth,
    .find_peaks = find_peaks,
    .nearest = ck_nearest_portable,
    .nearest_point = nearest_point,
};
#endif
