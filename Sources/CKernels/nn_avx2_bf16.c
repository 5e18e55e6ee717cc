// bfloat16 maps, computed in floats.
#if defined(__x86_64__)
#include "nn_avx2.h"

TARGET INLINE __m256 widened(__m128i x) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16));
}

TARGET INLINE __m256 load_some(const uint16_t *p, int count) {
  if (count >= 8) return widened(_mm_loadu_si128((const __m128i *)p));
  uint16_t all[8] = {0};
  memcpy(all, p, (size_t)count * sizeof *p);
  return widened(_mm_loadu_si128((const __m128i *)all));
}

// As float_to_bf16.
TARGET INLINE __m128i rounded(__m256 v) {
  const __m256i bits = _mm256_castps_si256(v), high = _mm256_srli_epi32(bits, 16);
  const __m256i odd = _mm256_and_si256(high, _mm256_set1_epi32(1));
  const __m256i up = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
  const __m256i exponent = _mm256_and_si256(bits, _mm256_set1_epi32(0x7f800000));
  const __m256i tiny = _mm256_cmpeq_epi32(exponent, _mm256_setzero_si256());
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
  __m256i result = _mm256_srli_epi32(up, 16);
  result = _mm256_blendv_epi8(result, _mm256_or_si256(high, _mm256_set1_epi32(0x40)), nan);
  result = _mm256_blendv_epi8(result, _mm256_and_si256(high, _mm256_set1_epi32(0x8000)), tiny);
  return _mm_packus_epi32(_mm256_castsi256_si128(result), _mm256_extracti128_si256(result, 1));
}

TARGET INLINE void store_some(uint16_t *p, int count, __m256 v) {
  const __m128i all = rounded(v);
  if (count >= 8)
    _mm_storeu_si128((__m128i *)p, all);
  else
    memcpy(p, &all, (size_t)count * sizeof *p);
}

#define ELEMENT uint16_t
#define NAME(x) avx2_bf16_##x
#define LOAD(p, count) load_some(p, count)
#define LOAD_SOME(p, count) load_some(p, count)
#define STORE_SOME(p, count, v) store_some(p, count, v)
#define STORE_ALL(p, v) _mm_storeu_si128((__m128i *)(p), rounded(v))
#include "nn_avx2_gemm.inc"
#include "nn_avx2_rows.inc"
#include "nn_gemm_widened.inc"

const ck_nn ck_nn_bf16_avx2 = {.name = "bf16-avx2",
                               .isa = CK_ISA_AVX2,
                               .element_size = sizeof(uint16_t),
                               .packed_size = ck_packed_size_f32,
                               .pack = ck_pack_bf16_to_f32,
                               .gemm = avx2_bf16_gemm,
                               .gemm_float_out = avx2_bf16_gemm_float_out,
                               .packed_depthwise_size = ck_packed_depthwise_size_f32,
                               .pack_depthwise = ck_pack_depthwise_f32,
                               .depthwise = avx2_bf16_depthwise,
                               .stem = avx2_bf16_stem,
                               .accumulate = avx2_bf16_accumulate,
                               .from_float = avx2_bf16_narrow,
                               .to_float = avx2_bf16_widen,
                               .winograd_input = avx2_bf16_winograd_input,
                               .winograd_rows = avx2_bf16_winograd_rows};
#endif
