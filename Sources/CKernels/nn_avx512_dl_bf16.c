// bfloat16 by VDPBF16PS, which multiplies pairs: twice as much a cycle as float's multiply-add on
// AMD's CPUs, half as much on Intel's.
#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define LANES 16
#define SHARES_INPUTS 1
#define OUTPUTS 8
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")))
#define ELEMENT uint16_t
#define NAME(x) avx512_dl_bf16_##x
#define FACTOR uint16_t
#define WIDE_STEP 2
#define LOAD(p, mask) bf16_load(p, mask)
#define STORE(p, mask, v) bf16_store(p, mask, v)
#define BROADCAST(p) bf16_broadcast(p)
#define DOT(sum, x, b) _mm512_dpbf16_ps(sum, (__m512bh)(x), (__m512bh)(b))

#include "nn_avx512_dl_bf16.inc"

// Two neighbouring elements of k to all sixteen lanes.
TARGET static inline __attribute__((always_inline)) __m512 bf16_broadcast(const uint16_t *p) {
  int pair;
  memcpy(&pair, p, sizeof pair);
  return _mm512_castsi512_ps(_mm512_set1_epi32(pair));
}

// Multiplies a pair of input rows, interleaved pixel by pixel with their channels in the lanes,
// into the sums of one output row or both. Order of taps as in the float version.
TARGET static inline __attribute__((always_inline)) void avx512_dl_bf16_depthwise_step(
    const int kernel, const int stride, const int outputs, const int shared, const int first,
    const int second, __m512 sum[2][OUTPUTS], const uint16_t *upper, const uint16_t *lower,
    __mmask16 upper_mask, __mmask16 lower_mask, const uint16_t *w0, const uint16_t *w1,
    const ck_depthwise_place *at) {
  const __m512i interleave =
      _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6,
                       37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  __m512bh x[OUTPUTS * 2 + 7];
#pragma clang loop unroll(full)
  for (int phase = 0; phase < stride; phase++)
#pragma clang loop unroll(full)
    for (int kx = phase; kx < kernel; kx += stride) {
      const size_t tap = (size_t)kx * at->padded * 2;
      __m512bh a, b;
      if (first) a = (__m512bh)_mm512_loadu_si512(w0 + tap);
      if (second) b = (__m512bh)_mm512_loadu_si512(w1 + tap);
#pragma clang loop unroll(full)
      for (int t = 0; t < outputs; t++) {
        const int i = shared ? t * stride + kx : t;
        if (!shared || kx < stride || t == outputs - 1) {
          const size_t place = shared ? (size_t)i * at->tap_step
                                      : (size_t)t * at->x_step + (size_t)kx * at->tap_step;
          x[i] = (__m512bh)_mm512_permutex2var_epi16(
              _mm512_castsi256_si512(_mm256_maskz_loadu_epi16(upper_mask, upper + place)),
              interleave,
              _mm512_castsi256_si512(_mm256_maskz_loadu_epi16(lower_mask, lower + place)));
        }
        if (first) sum[0][t] = _mm512_dpbf16_ps(sum[0][t], x[i], a);
        if (second) sum[1][t] = _mm512_dpbf16_ps(sum[1][t], x[i], b);
        if (first) CK_HOLD(sum[0][t]);
        if (second) CK_HOLD(sum[1][t]);
      }
    }
}

TARGET static inline __attribute__((always_inline)) void avx512_dl_bf16_depthwise_tile(
    const int kernel, const int stride, const int rows, const int outputs, const int shared,
    const int whole, const ck_depthwise_rows *r, const ck_depthwise_place *at) {
  const int pairs = (kernel + 1) / 2;
  const int inputs = rows == 2 ? kernel + stride : kernel;
  const size_t line = (size_t)kernel * at->padded * 2;
  const uint16_t *weights = (const uint16_t *)at->weights + 2 * (at->channel - at->group);
  // With stride 2 the second output row begins a whole pair later and has the same weights.
  const uint16_t *second = stride == 1 ? weights + (size_t)pairs * line : weights - line;
  const size_t offset = at->in + at->channel;
  const __mmask16 mask = (__mmask16)((1u << at->channels) - 1);
  __m512 sum[2][OUTPUTS];
  const __m512 bias = _mm512_loadu_ps(r->bias + at->channel);
#pragma clang loop unroll(full)
  for (int t = 0; t < outputs; t++) sum[0][t] = sum[1][t] = bias;
    // A missing row of a pair counts as zero: the other one's address with an empty mask.
#define STEP(PAIR, FIRST, SECOND)                                                                \
  do {                                                                                           \
    const uint16_t *upper = r->rows[2 * (PAIR)];                                                 \
    const uint16_t *lower = 2 * (PAIR) + 1 < inputs ? r->rows[2 * (PAIR) + 1] : NULL;            \
    if (upper || lower)                                                                          \
      avx512_dl_bf16_depthwise_step(                                                             \
          kernel, stride, outputs, shared, FIRST, SECOND, sum, (upper ? upper : lower) + offset, \
          (lower ? lower : upper) + offset, upper ? mask : 0, lower ? mask : 0,                  \
          weights + (size_t)(PAIR)*line, second + (size_t)(PAIR)*line, at);                      \
  } while (0)
  if (rows == 1 || stride == 1) {
#pragma clang loop unroll(disable)
    for (int pair = 0; pair < pairs; pair++) STEP(pair, 1, rows == 2);
  } else {
    STEP(0, 1, 0);
#pragma clang loop unroll(disable)
    for (int pair = 1; pair < pairs; pair++) STEP(pair, 1, 1);
    STEP(pairs, 0, 1);
  }
#undef STEP
  const __m512 lo = _mm512_set1_ps(r->lo), hi = _mm512_set1_ps(r->hi);
#pragma clang loop unroll(full)
  for (int y = 0; y < rows; y++) {
    uint16_t *out = (uint16_t *)r->out[y] + at->out + at->channel;
#pragma clang loop unroll(full)
    for (int t = 0; t < outputs; t++) {
      const __m512 v = _mm512_min_ps(_mm512_max_ps(sum[y][t], lo), hi);
      if (whole)
        bf16_store_all(out + (size_t)t * at->out_step, v);
      else
        STORE(out + (size_t)t * at->out_step, mask, v);
    }
  }
}

#define PACKED_DEPTHWISE_SIZE ck_packed_depthwise_size_bf16
#include "nn_avx512_gemm.inc"
#include "nn_depthwise.inc"
#include "nn_gemm_direct.inc"

const ck_nn ck_nn_bf16_avx512_dl = {.name = "bf16-avx512-dl",
                                    .isa = CK_ISA_AVX512_DL,
                                    .element_size = sizeof(uint16_t),
                                    .fetches = true,
                                    .packed_size = ck_packed_size_bf16,
                                    .pack = ck_pack_bf16,
                                    .gemm = avx512_dl_bf16_gemm,
                                    .gemm_float_out = avx512_dl_bf16_gemm_float_out,
                                    .packed_depthwise_size = ck_packed_depthwise_size_bf16,
                                    .pack_depthwise = ck_pack_depthwise_bf16,
                                    .depthwise = avx512_dl_bf16_depthwise,
                                    .stem = avx512_dl_bf16_stem,
                                    .accumulate = avx512_dl_bf16_accumulate,
                                    .from_float = avx512_dl_bf16_narrow,
                                    .to_float = avx512_dl_bf16_widen};
#endif
