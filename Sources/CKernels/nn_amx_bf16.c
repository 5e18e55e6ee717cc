// bfloat16 on CPUs with AMX: matrix products in tiles, everything else in floats. VDPBF16PS would
// do half as many multiplications a cycle there as float's fused multiply-add.
#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define TARGET    \
  __attribute__(( \
      target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma,prfchw,amx-tile,amx-bf16")))
#define ELEMENT uint16_t
#define NAME(x) amx_bf16_##x
#define LANES 16

#include "nn_avx512_dl_bf16.inc"

// As bf16_load, in one operation besides the load: each element to the upper half of its lane.
TARGET static inline __attribute__((always_inline)) __m512 spread_load(const uint16_t *p,
                                                                       __mmask16 mask) {
  const __m512i to = _mm512_set_epi16(15, 0, 14, 0, 13, 0, 12, 0, 11, 0, 10, 0, 9, 0, 8, 0, 7, 0, 6,
                                      0, 5, 0, 4, 0, 3, 0, 2, 0, 1, 0, 0, 0);
  return _mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(
      0xaaaaaaaa, to, _mm512_castsi256_si512(_mm256_maskz_loadu_epi16(mask, p))));
}

#define LOAD(p, mask) spread_load(p, mask)
#define STORE(p, mask, v) bf16_store(p, mask, v)
#include "nn_avx512_rows.inc"

// Bias, residual and clamp for a block of sums; compile-time numbers: whether there is a residual,
// and whether floats are stored.
TARGET static inline __attribute__((always_inline)) void finish_rows(
    const int residual, const int float_out, const float *sums, int row, int column, int rows,
    int columns, void *c, size_t c_stride, const ck_epilogue *e) {
  const __mmask32 mask = columns >= CK_PANEL ? ~0u : (1u << columns) - 1;
  const __mmask16 left = (__mmask16)mask, right = (__mmask16)(mask >> LANES);
  const __m512 lo = _mm512_set1_ps(e->lo), hi = _mm512_set1_ps(e->hi);
  const __m512 bias_left = _mm512_loadu_ps(e->bias + column);
  const __m512 bias_right = _mm512_maskz_loadu_ps(right, e->bias + column + LANES);
#pragma clang loop unroll_count(4)
  for (int i = 0; i < rows; i++, sums += CK_PANEL) {
    __m512 x = _mm512_add_ps(bias_left, _mm512_load_ps(sums));
    __m512 y = _mm512_add_ps(bias_right, _mm512_load_ps(sums + LANES));
    if (residual) {
      const uint16_t *from =
          (const uint16_t *)e->residual + (size_t)(row + i) * e->residual_stride + column;
      x = _mm512_add_ps(x, LOAD(from, left));
      y = _mm512_add_ps(y, LOAD(from + LANES, right));
    }
    x = _mm512_min_ps(_mm512_max_ps(x, lo), hi);
    y = _mm512_min_ps(_mm512_max_ps(y, lo), hi);
    if (float_out) {
      _mm512_mask_storeu_ps((float *)c + (size_t)i * c_stride, left, x);
      _mm512_mask_storeu_ps((float *)c + (size_t)i * c_stride + LANES, right, y);
    } else {
      _mm512_mask_storeu_epi16((uint16_t *)c + (size_t)i * c_stride, mask,
                               (__m512i)_mm512_cvtne2ps_pbh(y, x));
    }
  }
}

TARGET static void finish(const float *sums, int row, int column, int rows, int columns, void *c,
                          size_t c_stride, const ck_epilogue *e, int float_out) {
#define FINISH_ROWS(RESIDUAL, FLOAT_OUT) \
  finish_rows(RESIDUAL, FLOAT_OUT, sums, row, column, rows, columns, c, c_stride, e)
  if (float_out)  // and no residual
    FINISH_ROWS(0, 1);
  else if (e->residual)
    FINISH_ROWS(1, 0);
  else
    FINISH_ROWS(0, 0);
#undef FINISH_ROWS
}

#define UNIT 2
#define MULTIPLY(c, a, b) _tile_dpbf16ps(c, a, b)
#define FINISH finish
#include "nn_amx.inc"

#define STORE_ALL(p, v) bf16_store_all(p, v)
#include "nn_avx512_filters.inc"

const ck_nn ck_nn_bf16_amx = {.name = "bf16-amx",
                              .isa = CK_ISA_AMX,
                              .element_size = sizeof(uint16_t),
                              .packed_size = ck_packed_size_bf16,
                              .pack = ck_pack_bf16,
                              .gemm = amx_bf16_tiled_gemm,
                              .gemm_float_out = amx_bf16_tiled_gemm_float_out,
                              .packed_depthwise_size = ck_packed_depthwise_size_f32,
                              .pack_depthwise = ck_pack_depthwise_f32,
                              .depthwise = amx_bf16_depthwise,
                              .stem = amx_bf16_stem,
                              .accumulate = amx_bf16_accumulate,
                              .from_float = amx_bf16_narrow,
                              .to_float = amx_bf16_widen,
                              .winograd_input = amx_bf16_winograd_input,
                              .winograd_rows = amx_bf16_winograd_rows};
#endif
