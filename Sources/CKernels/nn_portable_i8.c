#include <math.h>

#include "nn_internal.h"

// The plain int8 versions, which every other one gives the same numbers as: sums are whole numbers,
// and the epilogue rounds at the same places (a fused multiply-add, to nearest even).

static inline uint8_t store(float y) { return y >= 255.0f ? 255 : y > 0 ? (uint8_t)lrintf(y) : 0; }

static inline void gemm_into(const void *a_, size_t a_stride, const void *packed, void *c,
                             size_t c_stride, int m, int n, int k, const ck_epilogue *e,
                             int float_out) {
  const uint8_t *a = a_;
  const int steps = ck_ceil_div(k, 4);
  for (int j0 = 0; j0 < n; j0 += CK_PANEL) {
    const int columns = n - j0 < CK_PANEL ? n - j0 : CK_PANEL;
    const int8_t *panel = (const int8_t *)packed + (size_t)(j0 / CK_PANEL) * (size_t)steps * 128;
    for (int i = 0; i < m; i++) {
      int32_t sums[CK_PANEL];
      for (int j = 0; j < CK_PANEL; j++) sums[j] = e->start[j0 + j];
      for (int p = 0; p < k; p++) {
        const int32_t x = a[(size_t)i * a_stride + (size_t)p];
        const int8_t *w = panel + (size_t)(p / 4) * 128 + p % 4;
        for (int j = 0; j < CK_PANEL; j++) sums[j] += x * w[4 * j];
      }
      for (int j = 0; j < columns; j++) {
        float y = fmaf((float)sums[j], e->multiplier[j0 + j], e->bias[j0 + j]);
        if (e->residual) {
          const uint8_t r =
              ((const uint8_t *)e->residual)[(size_t)i * e->residual_stride + (size_t)(j0 + j)];
          y = fmaf((float)r, e->residual_scale, y);
        }
        const size_t at = (size_t)i * c_stride + (size_t)(j0 + j);
        if (float_out)
          ((float *)c)[at] = y;
        else
          ((uint8_t *)c)[at] = store(y);
      }
    }
  }
}

static void gemm(const void *a, size_t a_stride, const void *packed, void *c, size_t c_stride,
                 int m, int n, int k, const ck_epilogue *e) {
  gemm_into(a, a_stride, packed, c, c_stride, m, n, k, e, 0);
}

static void gemm_float_out(const void *a, size_t a_stride, const void *packed, void *c,
                           size_t c_stride, int m, int n, int k, const ck_epilogue *e) {
  gemm_into(a, a_stride, packed, c, c_stride, m, n, k, e, 1);
}

static void depthwise(const ck_depthwise_rows *r) {
  const int fours = ck_ceil_div(r->kernel, 4);
  const size_t block = (size_t)(ck_row_versions(r->kernel, 4) * fours * r->kernel) * 64;
  for (int second = 0; second < 2; second++) {
    if (!r->out[second]) continue;
    const void *const *rows = r->rows + second * r->stride;
    for (int x = 0; x < r->width; x++)
      for (int c0 = 0; c0 < r->channels; c0 += 16) {
        const int count = r->channels - c0 < 16 ? r->channels - c0 : 16;
        const int8_t *weights = (const int8_t *)r->weights + (size_t)(c0 / 16) * block;
        int32_t sums[16];
        for (int c = 0; c < count; c++) sums[c] = r->start[c0 + c];
        for (int ky = 0; ky < r->kernel; ky++)
          for (int kx = 0; kx < r->kernel; kx++) {
            const int8_t *w = weights + (size_t)(ky / 4 * r->kernel + kx) * 64 + ky % 4;
            if (rows[ky]) {
              const uint8_t *in = (const uint8_t *)rows[ky] +
                                  (size_t)(x * r->stride + kx * r->dilation) * r->in_stride + c0;
              for (int c = 0; c < count; c++) sums[c] += in[c] * w[4 * c];
            } else {
              for (int c = 0; c < count; c++) sums[c] += r->zero_point * w[4 * c];
            }
          }
        uint8_t *out = (uint8_t *)r->out[second] + (size_t)x * r->out_stride + c0;
        for (int c = 0; c < count; c++)
          out[c] = store(fmaf((float)sums[c], r->multiplier[c0 + c], r->bias[c0 + c]));
      }
  }
}

// Pixels are whole numbers already, so columns are only gathered.
static void stem(const ck_stem_row *r) {
  uint8_t *out = r->out;
  for (int i = 0; i < CK_STEM_COLUMNS(r->width); i++)
    for (int ky = 0; ky < 5; ky++)
      for (int colour = 0; colour < 3; colour++) {
        const int column = i - 2;
        const int inside = r->rows[ky] && column >= 0 && column < r->in_width;
        *out++ = inside ? r->rows[ky][column * 3 + colour] : r->outside;
      }
}

static void accumulate(const void *pixels, size_t stride, int count, int channels, float *sums) {
  const uint8_t *p = pixels;
  for (int c = 0; c < channels; c++) {
    int32_t sum = 0;
    for (int i = 0; i < count; i++) sum += p[(size_t)i * stride + (size_t)c];
    sums[c] += (float)sum;
  }
}

static void from_float(const float *in, void *out, size_t count) {
  for (size_t i = 0; i < count; i++) ((uint8_t *)out)[i] = store(in[i]);
}

static void to_float(const void *in, float *out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = (float)((const uint8_t *)in)[i];
}

const ck_nn ck_nn_i8_portable = {.name = "i8-portable",
                                 .isa = CK_ISA_PORTABLE,
                                 .element_size = 1,
                                 .packed_size = ck_packed_size_i8,
                                 .pack = ck_pack_i8,
                                 .gemm = gemm,
                                 .gemm_float_out = gemm_float_out,
                                 .packed_depthwise_size = ck_packed_depthwise_size_i8,
                                 .pack_depthwise = ck_pack_depthwise_i8,
                                 .depthwise = depthwise,
                                 .stem = stem,
                                 .accumulate = accumulate,
                                 .from_float = from_float,
                                 .to_float = to_float};
