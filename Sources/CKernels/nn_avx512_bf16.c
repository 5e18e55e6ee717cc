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

// A tile of `outputs` neighbouring outputs (a compile-time number), two taps a step: pixels i and
// i + 1 are interleaved once, with their channels in the lanes, and multiplied with a pair of taps
// into every output that they reach so.
TARGET static inline __attribute__((always_inline)) void avx512_bf16_depthwise_tile(
    const int kernel, const int stride, const int outputs, const ck_depthwise_row *r,
    size_t in_offset, size_t in_step, uint16_t *out, size_t out_step, size_t padded, size_t channel,
    const __mmask16 mask) {
  const __m512i interleave =
      _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6,
                       37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  const int pairs = (kernel + 1) / 2;
  const int pixels = (outputs - 1) * stride + kernel;
  __m512 sum[12];
  const __m512 bias = _mm512_loadu_ps(r->bias + channel);
  for (int t = 0; t < outputs; t++) sum[t] = bias;
  const uint16_t *weights = (const uint16_t *)r->weights + 2 * channel;
#pragma clang loop unroll(disable)
  for (int ky = 0; ky < kernel; ky++, weights += (size_t)pairs * padded * 2) {
    if (!r->rows[ky]) continue;
    const uint16_t *in = (const uint16_t *)r->rows[ky] + in_offset + channel;
    __m512bh w[4];
#pragma clang loop unroll(full)
    for (int q = 0; q < pairs; q++)
      w[q] = (__m512bh)_mm512_loadu_si512(weights + (size_t)q * padded * 2);
    __m256i x = _mm256_maskz_loadu_epi16(mask, in);
#pragma clang loop unroll(full)
    for (int i = 0; i < pixels; i++) {
      // The last tap stands alone: nothing is read beyond the window.
      const __m256i next = i + 1 < pixels
                               ? _mm256_maskz_loadu_epi16(mask, in + (size_t)(i + 1) * in_step)
                               : _mm256_setzero_si256();
      if (stride == 1 || i % 2 == 0) {
        const __m512bh pair = (__m512bh)_mm512_permutex2var_epi16(
            _mm512_castsi256_si512(x), interleave, _mm512_castsi256_si512(next));
#pragma clang loop unroll(full)
        for (int t = 0; t < outputs; t++) {
          const int kx = i - t * stride;
          if (kx >= 0 && kx < kernel && kx % 2 == 0)
            sum[t] = _mm512_dpbf16_ps(sum[t], pair, w[kx / 2]);
        }
      }
      x = next;
    }
  }
  const __m512 lo = _mm512_set1_ps(r->lo), hi = _mm512_set1_ps(r->hi);
  for (int t = 0; t < outputs; t++)
    STORE(out + (size_t)t * out_step + channel, mask, _mm512_min_ps(_mm512_max_ps(sum[t], lo), hi));
}

#include "nn_avx512.inc"

const ck_nn ck_nn_bf16_avx512 = {.name = "bf16-avx512",
                                 .isa = CK_ISA_AVX512_DL,
                                 .element_size = sizeof(uint16_t),
                                 .packed_size = ck_packed_size_bf16,
                                 .pack = ck_pack_bf16,
                                 .gemm = avx512_bf16_gemm,
                                 .gemm_float_out = avx512_bf16_gemm_float_out,
                                 .packed_depthwise_size = ck_packed_depthwise_size_bf16,
                                 .pack_depthwise = ck_pack_depthwise_bf16,
                                 .depthwise = avx512_bf16_depthwise,
                                 .stem = avx512_bf16_stem,
                                 .accumulate = avx512_bf16_accumulate,
                                 .from_float = avx512_bf16_narrow,
                                 .to_float = avx512_bf16_widen};
#endif
