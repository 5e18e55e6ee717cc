// What the AVX2 versions share.
#ifndef DLVIDEO_CK_NN_AVX2_H
#define DLVIDEO_CK_NN_AVX2_H

#include <immintrin.h>

#include "nn_internal.h"

#ifndef TARGET  // of a version with more than these
#define TARGET __attribute__((target("avx2,fma")))
#endif
#define INLINE static inline __attribute__((always_inline))

// The first `count` lanes.
TARGET INLINE __m256i lanes(int count) {
  const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), index);
}

TARGET INLINE __m256 load_floats(const float *p, int count) {
  return count >= 8 ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, lanes(count));
}

// VMASKMOVPS would do it, but as a store it takes AMD's cores a dozen times as long.
TARGET INLINE void store_floats(float *p, int count, __m256 v) {
  if (count >= 8) {
    _mm256_storeu_ps(p, v);
    return;
  }
  float all[8];
  _mm256_storeu_ps(all, v);
  memcpy(p, all, (size_t)count * sizeof(float));
}

TARGET INLINE __m128i stem_bytes(const uint8_t *row, int column, int width) {
  const uint8_t *from = row + (long)column * 3;
  uint8_t bytes[12] = {0};
  if (column < 0 || column + 4 > width) {
    for (int i = 0; i < 4; i++)
      if (column + i >= 0 && column + i < width) memcpy(bytes + 3 * i, from + 3 * i, 3);
    from = bytes;
  }
  int last;
  memcpy(&last, from + 8, sizeof last);
  return _mm_insert_epi32(_mm_loadl_epi64((const __m128i *)from), last, 2);
}

#define STEM_BYTES(row, column, width) stem_bytes(row, column, width)
#include "nn_stem.inc"

// Of a column's bytes those of rows inside the picture, as all ones.
TARGET INLINE __m128i stem_mask(unsigned rows_inside) {
  const __m128i bits = _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const __m128i spread = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const __m128i rows = _mm_shuffle_epi8(_mm_cvtsi32_si128((int)rows_inside), spread);
  return _mm_cmpeq_epi8(_mm_and_si128(rows, bits), bits);
}

#endif
