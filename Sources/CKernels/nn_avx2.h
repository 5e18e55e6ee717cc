// What the AVX2 versions share.
#ifndef DLVIDEO_CK_NN_AVX2_H
#define DLVIDEO_CK_NN_AVX2_H

#include <immintrin.h>

#include "nn_internal.h"

#define TARGET __attribute__((target("avx2,fma")))
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

#endif
