#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")))
#define ELEMENT uint16_t
#define NAME(x) avx512_bf16_##x
#define WIDE_STEP 2
#define LOAD(p, mask) bf16_load(p, mask)
#define STORE(p, mask, v) bf16_store(p, mask, v)
#define BROADCAST(p) bf16_broadcast(p)
#define DOT(sum, x, b) _mm512_dpbf16_ps(sum, (__m512bh)(x), (__m512bh)(b))

TARGET static inline __attribute__((always_inline)) __m512 bf16_load(const uint16_t *p,
                                                                     __mmask16 mask) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, p)), 16));
}

TARGET static inline __attribute__((always_inline)) void bf16_store(uint16_t *p, __mmask16 mask,
                                                                    __m512 v) {
  _mm256_mask_storeu_epi16(p, mask, (__m256i)_mm512_cvtneps_pbh(v));
}

// Two neighbouring elements of k to all sixteen lanes.
TARGET static inline __attribute__((always_inline)) __m512 bf16_broadcast(const uint16_t *p) {
  int pair;
  memcpy(&pair, p, sizeof pair);
  return _mm512_castsi512_ps(_mm512_set1_epi32(pair));
}

#include "nn_avx512.inc"

const ck_nn ck_nn_bf16_avx512 = {
    "bf16-avx512",    CK_ISA_AVX512_DL,       sizeof(uint16_t),           ck_packed_size_bf16,
    ck_pack_bf16,     avx512_bf16_gemm,       avx512_bf16_gemm_float_out, avx512_bf16_depthwise,
    avx512_bf16_stem, avx512_bf16_accumulate, avx512_bf16_narrow,         avx512_bf16_widen};
#endif
