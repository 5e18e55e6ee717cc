// bfloat16 maps, computed in floats: for CPUs without VDPBF16PS and those that lose by it.
#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define ELEMENT uint16_t
#define NAME(x) avx512_bf16_##x
#define LANES 16

TARGET static inline __attribute__((always_inline)) __m512 load(const uint16_t *p, __mmask16 mask) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, p)), 16));
}

// As float_to_bf16.
TARGET static inline __attribute__((always_inline)) __m256i rounded(__m512 v) {
  const __m512i bits = _mm512_castps_si512(v), high = _mm512_srli_epi32(bits, 16);
  const __m512i odd = _mm512_and_si512(high, _mm512_set1_epi32(1));
  const __m512i up = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
  const __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
  const __mmask16 normal = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(0x7f800000));
  __m512i result = _mm512_srli_epi32(up, 16);
  result = _mm512_mask_or_epi32(result, nan, high, _mm512_set1_epi32(0x40));
  result = _mm512_mask_and_epi32(result, (__mmask16)~normal, high, _mm512_set1_epi32(0x8000));
  return _mm512_cvtepi32_epi16(result);
}

#define LOAD(p, mask) load(p, mask)
#define STORE(p, mask, v) _mm256_mask_storeu_epi16(p, mask, rounded(v))
#define STORE_ALL(p, v) _mm256_storeu_si256((__m256i *)(p), rounded(v))
#define FACTOR float
#define WIDE_STEP 1
#define BROADCAST(p) _mm512_set1_ps(*(p))
#define DOT(sum, x, b) _mm512_fmadd_ps(x, b, sum)

#include "nn_avx512_filters.inc"
#include "nn_avx512_gemm.inc"
#include "nn_gemm_widened.inc"

const ck_nn ck_nn_bf16_avx512 = {.name = "bf16-avx512",
                                 .isa = CK_ISA_AVX512,
                                 .element_size = sizeof(uint16_t),
                                 .fetches = true,
                                 .packed_size = ck_packed_size_f32,
                                 .pack = ck_pack_bf16_to_f32,
                                 .gemm = avx512_bf16_gemm,
                                 .gemm_float_out = avx512_bf16_gemm_float_out,
                                 .packed_depthwise_size = ck_packed_depthwise_size_f32,
                                 .pack_depthwise = ck_pack_depthwise_f32,
                                 .depthwise = avx512_bf16_depthwise,
                                 .stem = avx512_bf16_stem,
                                 .accumulate = avx512_bf16_accumulate,
                                 .from_float = avx512_bf16_narrow,
                                 .to_float = avx512_bf16_widen,
                                 .winograd_input = avx512_bf16_winograd_input,
                                 .winograd_rows = avx512_bf16_winograd_rows};
#endif
