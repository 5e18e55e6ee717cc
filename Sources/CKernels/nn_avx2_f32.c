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
  for (int v = 0; v < 2; v++) {
    const __m256 bias = _mm256_loadu_ps(t->e->bias + t->column + 8 * v);
    for (int i = 0; i < rows; i++) sum[i][v] = bias;
  }
  const float *a = t->a, *b = t->panel;
  for (int p = 0; p < t->k; p++, a++, b += CK_PANEL) {
    const __m256 b0 = _mm256_loadu_ps(b), b1 = _mm256_loadu_ps(b + 8);
    for (int i = 0; i < rows; i++) {
      const __m256 x = _mm256_broadcast_ss(a + (size_t)i * t->a_stride);
      sum[i][0] = _mm256_fmadd_ps(x, b0, sum[i][0]);
      sum[i][1] = _mm256_fmadd_ps(x, b1, sum[i][1]);
    }
  }
  const __m256 lo = _mm256_set1_ps(t->e->lo), hi = _mm256_set1_ps(t->e->hi);
  for (int v = 0; v < 2; v++) {
    const __m256i mask = lanes(t->columns - 8 * v);
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

// As the AVX-512 version: an input pixel is loaded once per window row for all outputs of a tile.
TARGET INLINE void depthwise_tile(const int kernel, const int stride, const int outputs,
                                  const ck_depthwise_row *r, size_t in_offset, size_t in_step,
                                  float *out, size_t out_step, size_t padded, size_t channel,
                                  const int whole, __m256i mask) {
  __m256 sum[4];
  const __m256 bias = _mm256_loadu_ps(r->bias + channel);
  for (int t = 0; t < outputs; t++) sum[t] = bias;
  const float *weights = (const float *)r->weights + channel;
#pragma clang loop unroll(disable)
  for (int ky = 0; ky < kernel; ky++, weights += (size_t)kernel * padded) {
    if (!r->rows[ky]) continue;
    const float *in = (const float *)r->rows[ky] + in_offset + channel;
    __m256 w[7];
#pragma clang loop unroll(full)
    for (int kx = 0; kx < kernel; kx++) w[kx] = _mm256_loadu_ps(weights + (size_t)kx * padded);
#pragma clang loop unroll(full)
    for (int i = 0; i < (outputs - 1) * stride + kernel; i++) {
      const __m256 x = whole ? _mm256_loadu_ps(in + (size_t)i * in_step)
                             : _mm256_maskload_ps(in + (size_t)i * in_step, mask);
#pragma clang loop unroll(full)
      for (int t = 0; t < outputs; t++) {
        const int kx = i - t * stride;
        if (kx >= 0 && kx < kernel) sum[t] = _mm256_fmadd_ps(x, w[kx], sum[t]);
      }
    }
  }
  const __m256 lo = _mm256_set1_ps(r->lo), hi = _mm256_set1_ps(r->hi);
  for (int t = 0; t < outputs; t++) {
    const __m256 y = _mm256_min_ps(_mm256_max_ps(sum[t], lo), hi);
    if (whole)
      _mm256_storeu_ps(out + (size_t)t * out_step + channel, y);
    else
      _mm256_maskstore_ps(out + (size_t)t * out_step + channel, mask, y);
  }
}

TARGET INLINE void depthwise_outputs(const int kernel, const int stride, const int outputs,
                                     const ck_depthwise_row *r, size_t in_offset, size_t in_step,
                                     float *out, size_t out_step) {
  const size_t channels = (size_t)r->channels, padded = (channels + 15) / 16 * 16;
  const __m256i all = _mm256_set1_epi32(-1);
  size_t c = 0;
  for (; c + 8 <= channels; c += 8)
    depthwise_tile(kernel, stride, outputs, r, in_offset, in_step, out, out_step, padded, c, 1,
                   all);
  if (c < channels)
    depthwise_tile(kernel, stride, outputs, r, in_offset, in_step, out, out_step, padded, c, 0,
                   lanes((int)(channels - c)));
}

TARGET INLINE void depthwise_row(const int kernel, const int stride, const ck_depthwise_row *r) {
  const int d = r->dilation;
  for (int phase = 0; phase < d && phase < r->width; phase++) {
    const int count = (r->width - phase + d - 1) / d;
    const size_t in_step = (size_t)d * r->in_stride, out_step = (size_t)d * r->out_stride;
    int x = 0;
    while (x < count) {
      const size_t in_offset = (size_t)phase * r->in_stride + (size_t)(x * stride) * in_step;
      float *out = (float *)r->out + (size_t)phase * r->out_stride + (size_t)x * out_step;
      if (count - x >= 4) {
        depthwise_outputs(kernel, stride, 4, r, in_offset, in_step, out, out_step);
        x += 4;
      } else {
        depthwise_outputs(kernel, stride, 1, r, in_offset, in_step, out, out_step);
        x += 1;
      }
    }
  }
}

TARGET static void depthwise(const ck_depthwise_row *r) {
  switch (r->kernel * 10 + r->stride) {
    case 31:
      depthwise_row(3, 1, r);
      break;
    case 32:
      depthwise_row(3, 2, r);
      break;
    case 51:
      depthwise_row(5, 1, r);
      break;
    case 52:
      depthwise_row(5, 2, r);
      break;
    case 71:
      depthwise_row(7, 1, r);
      break;
    case 72:
      depthwise_row(7, 2, r);
      break;
  }
}

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
                              .depthwise = depthwise,
                              .stem = stem,
                              .accumulate = accumulate,
                              .from_float = from_float,
                              .to_float = to_float};
#endif
