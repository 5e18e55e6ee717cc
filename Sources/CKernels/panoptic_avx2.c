// Grouping and fusion with AVX2.
#include "panoptic_bodies.h"
#include "panoptic_portable.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))

AVX2 static void blend(const float *a, const float *b, float t, int count, float *out) {
  blend_body(a, b, t, count, out);
}

AVX2 static void smooth(const ck_score_map *map, const float *taps, int radius, float *scratch,
                        uint8_t *used_rows) {
  smooth_body(map, taps, radius, scratch, used_rows);
}

AVX2 static void argmax_row(const float *planes, int plane_stride, int width, int classes,
                            uint8_t *out) {
  const __m256 phase[4] = {_mm256_set1_ps(0.125f), _mm256_set1_ps(0.375f), _mm256_set1_ps(0.625f),
                           _mm256_set1_ps(0.875f)};
  // Sixteen blocks a round, as the other levels have it.
  for (int first = 0; first < (width + 16) / 16 * 16; first += 8) {
    __m256 best[4];
    __m256i index[4];
    for (int p = 0; p < 4; p++) {
      best[p] = _mm256_set1_ps(-__builtin_inff());
      index[p] = _mm256_setzero_si256();
    }
    const float *plane = planes + first;
    for (int c = 0; c < classes; c++, plane += plane_stride) {
      __m256 a = _mm256_loadu_ps(plane);
      __m256 slope = _mm256_sub_ps(_mm256_loadu_ps(plane + 1), a);
      __m256i own = _mm256_set1_epi32(c);
      for (int p = 0; p < 4; p++) {
        __m256 value = _mm256_add_ps(a, _mm256_mul_ps(phase[p], slope));
        __m256 better = _mm256_cmp_ps(value, best[p], _CMP_GT_OQ);
        best[p] = _mm256_blendv_ps(best[p], value, better);
        index[p] = _mm256_blendv_epi8(index[p], own, _mm256_castps_si256(better));
      }
    }
    __m256i low = _mm256_or_si256(index[0], _mm256_slli_epi32(index[1], 8));
    __m256i high = _mm256_or_si256(index[2], _mm256_slli_epi32(index[3], 8));
    _mm256_storeu_si256((__m256i *)(out + 4 * first),
                        _mm256_or_si256(low, _mm256_slli_epi32(high, 16)));
  }
}

AVX2 static int find_peaks(const ck_score_map *map, float threshold, ck_peak *peaks, int capacity) {
  const __m256 least = _mm256_set1_ps(threshold);
  int found = 0;
  for (int r = 1; r + 1 < map->rows; r++) {
    const float *row = map->bins + (ptrdiff_t)r * map->stride;
    for (int c = 0; c < map->stride; c += 8) {
      int mask = _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(row + c), least, _CMP_GE_OQ));
      for (; mask; mask &= mask - 1) {
        int at = c + __builtin_ctz((unsigned)mask);
        if (at < 1 || at + 1 >= map->columns || !is_peak(row + at, map->stride)) continue;
        if (found == capacity) return found;
        peaks[found++] = (ck_peak){row[at], (uint32_t)(r * map->stride + at)};
      }
    }
  }
  return found;
}

const ck_panoptic_kernels ck_panoptic_avx2 = {
    .classify = ck_classify_portable,
    .make_planes = ck_make_planes_portable,
    .blend = blend,
    .argmax_row = argmax_row,
    .refine = ck_refine_portable,
    .smooth = smooth,
    .find_peaks = find_peaks,
    .nearest = ck_nearest_portable,
    .nearest_point = ck_nearest_point_portable,
};
#endif
