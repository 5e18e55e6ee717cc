#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline))

// Register tile: 6 rows x 2 vectors of 8, so 12 sums, 2 weights and a broadcast in 16 registers.
#define TILE_ROWS 6

TARGET INLINE __m256i lanes(int count) {
  const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), index);
}

typedef struct {
  const float *a;
  size_t a_stride;
  const float *panel;  // from the tile's first column
  float *c;
  size_t c_stride;
  int k, row, column, columns;
  const ck_epilogue *e;
} tile_work;

TARGET INLINE void tile(const int rows, const tile_work *t) {
  __m256 sum[TILE_ROWS][2];
#pragma clang loop unroll(full)
  for (int v = 0; v < 2; v++) {
    const __m256 bias = _mm256_loadu_ps(t->e->bias + t->column + 8 * v);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) sum[i][v] = bias;
  }
  const float *a = t->a, *b = t->panel;
#pragma clang loop unroll(disable)
  for (int p = 0; p < t->k; p++, a++, b += CK_PANEL) {
    const __m256 b0 = _mm256_loadu_ps(b), b1 = _mm256_loadu_ps(b + 8);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const __m256 x = _mm256_broadcast_ss(a + (size_t)i * t->a_stride);
      sum[i][0] = _mm256_fmadd_ps(x, b0, sum[i][0]);
      sum[i][1] = _mm256_fmadd_ps(x, b1, sum[i][1]);
    }
  }
  const __m256 lo = _mm256_set1_ps(t->e->lo), hi = _mm256_set1_ps(t->e->hi);
#pragma clang loop unroll(full)
  for (int v = 0; v < 2; v++) {
    const __m256i mask = lanes(t->columns - 8 * v);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      __m256 y = sum[i][v];
      if (t->e->residual)
        y = _mm256_add_ps(y, _mm256_maskload_ps((const float *)t->e->residual +
                                                    (size_t)(t->row + i) * t->e->residual_stride +
                                                    (size_t)(t->column + 8 * v),
                                                mask));
      y = _mm256_min_ps(_mm256_max_ps(y, lo), hi);
      _mm256_maskstore_ps(t->c + (size_t)i * t->c_stride + 8 * v, mask, y);
    }
  }
}

TARGET static void gemm(const void *a, size_t a_stride, const void *packed, void *c,
                        size_t c_stride, int m, int n, int k, const ck_epilogue *e) {
  const int tiles = ck_ceil_div(m, TILE_ROWS);
  for (int j = 0; j < n; j += 16)
    for (int index = 0; index < tiles; index++) {
      const int i = (int)((long)m * index / tiles), end = (int)((long)m * (index + 1) / tiles);
      const tile_work work = {.a = (const float *)a + (size_t)i * a_stride,
                              .a_stride = a_stride,
                              .panel = (const float *)packed +
                                       (size_t)(j / CK_PANEL) * (size_t)k * CK_PANEL + j % CK_PANEL,
                              .c = (float *)c + (size_t)i * c_stride + j,
                              .c_stride = c_stride,
                              .k = k,
                              .row = i,
                              .column = j,
                              .columns = n - j < 16 ? n - j : 16,
                              .e = e};
      switch (end - i) {
        case 1:
          tile(1, &work);
          break;
        case 2:
          tile(2, &work);
          break;
        case 3:
          tile(3, &work);
          break;
        case 4:
          tile(4, &work);
          break;
        case 5:
          tile(5, &work);
          break;
        case 6:
          tile(6, &work);
          break;
      }
    }
}

#define ELEMENT float
#define NAME(x) avx2_f32_##x
#define LANES 8
#define SHARES_INPUTS 1
#define OUTPUTS 4
#define VECTOR __m256
#define MASK __m256i
#define MASK_OF(channels) lanes(channels)
#define LOAD(p, mask) _mm256_maskload_ps(p, mask)
#define LOAD_ALL(p) _mm256_loadu_ps(p)
#define STORE_ALL(p, v) _mm256_storeu_ps(p, v)
#define STORE_SOME(p, mask, v) _mm256_maskstore_ps(p, mask, v)
#define BROADCAST(p) _mm256_broadcast_ss(p)
#define MULTIPLY_ADD(a, b, sum) _mm256_fmadd_ps(a, b, sum)
#define CLAMP(v, lo, hi) _mm256_min_ps(_mm256_max_ps(v, lo), hi)
#include "nn_depthwise_f32.inc"
#include "nn_strassen.inc"

// The rest moves few bytes; the compiler's own vectors serve it.
static void stem(const ck_stem_row *r) { ck_nn_f32_portable.stem(r); }
static void accumulate(const void *pixels, size_t stride, int count, int channels, float *sums) {
  ck_nn_f32_portable.accumulate(pixels, stride, count, channels, sums);
}
static void copy(const float *in, float *out, size_t count) {
  memcpy(out, in, count * sizeof(float));
}
static void from_float(const float *in, void *out, size_t count) { copy(in, out, count); }
static void to_float(const void *in, float *out, size_t count) { copy(in, out, count); }

const ck_nn ck_nn_f32_avx2 = {.name = "f32-avx2",
                              .isa = CK_ISA_AVX2,
                              .element_size = sizeof(float),
                              .packed_size = ck_packed_size_f32,
                              .pack = ck_pack_f32,
                              .gemm = gemm,
                              .gemm_float_out = gemm,
                              .packed_depthwise_size = ck_packed_depthwise_size_f32,
                              .pack_depthwise = ck_pack_depthwise_f32,
                              .depthwise = avx2_f32_depthwise,
                              .stem = stem,
                              .accumulate = accumulate,
                              .from_float = from_float,
                              .to_float = to_float,
                              .strassen_sums = avx2_f32_strassen_sums};
#endif
