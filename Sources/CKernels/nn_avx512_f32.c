#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define ELEMENT float
#define NAME(x) avx512_f32_##x
#define LOAD(p, mask) _mm512_maskz_loadu_ps(mask, p)
#define STORE(p, mask, v) _mm512_mask_storeu_ps(p, mask, v)
#define WIDE_STEP 1
#define BROADCAST(p) _mm512_set1_ps(*(p))
#define DOT(sum, x, b) _mm512_fmadd_ps(x, b, sum)

// A tile of `outputs` neighbouring outputs (a compile-time number): each input pixel is loaded
// once per window row and multiplied into every output that it reaches.
TARGET static inline __attribute__((always_inline)) void avx512_f32_depthwise_tile(
    const int kernel, const int stride, const int outputs, const ck_depthwise_row *r,
    size_t in_offset, size_t in_step, float *out, size_t out_step, size_t padded, size_t channel,
    const __mmask16 mask) {
  __m512 sum[12];
  const __m512 bias = _mm512_loadu_ps(r->bias + channel);
  for (int t = 0; t < outputs; t++) sum[t] = bias;
  const float *weights = (const float *)r->weights + channel;
#pragma clang loop unroll(disable)
  for (int ky = 0; ky < kernel; ky++, weights += (size_t)kernel * padded) {
    if (!r->rows[ky]) continue;
    const float *in = (const float *)r->rows[ky] + in_offset + channel;
    __m512 w[7];
#pragma clang loop unroll(full)
    for (int kx = 0; kx < kernel; kx++) w[kx] = _mm512_loadu_ps(weights + (size_t)kx * padded);
#pragma clang loop unroll(full)
    for (int i = 0; i < (outputs - 1) * stride + kernel; i++) {
      const __m512 x = LOAD(in + (size_t)i * in_step, mask);
#pragma clang loop unroll(full)
      for (int t = 0; t < outputs; t++) {
        const int kx = i - t * stride;
        if (kx >= 0 && kx < kernel) sum[t] = _mm512_fmadd_ps(x, w[kx], sum[t]);
      }
    }
  }
  const __m512 lo = _mm512_set1_ps(r->lo), hi = _mm512_set1_ps(r->hi);
  for (int t = 0; t < outputs; t++)
    STORE(out + (size_t)t * out_step + channel, mask, _mm512_min_ps(_mm512_max_ps(sum[t], lo), hi));
}

#include "nn_avx512.inc"

const ck_nn ck_nn_f32_avx512 = {.name = "f32-avx512",
                                .isa = CK_ISA_AVX512,
                                .element_size = sizeof(float),
                                .packed_size = ck_packed_size_f32,
                                .pack = ck_pack_f32,
                                .gemm = avx512_f32_gemm,
                                .gemm_float_out = avx512_f32_gemm_float_out,
                                .packed_depthwise_size = ck_packed_depthwise_size_f32,
                                .pack_depthwise = ck_pack_depthwise_f32,
                                .depthwise = avx512_f32_depthwise,
                                .stem = avx512_f32_stem,
                                .accumulate = avx512_f32_accumulate,
                                .from_float = avx512_f32_narrow,
                                .to_float = avx512_f32_widen};
#endif
