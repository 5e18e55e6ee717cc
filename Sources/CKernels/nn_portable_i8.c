#include <math.h>

#include "nn_internal.h"

#define TARGET
#define NAME(x) portable_i8_##x
#include "nn_portable_i8.inc"
#undef TARGET
#undef NAME

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
  for (int i = 0; i < count; i++, p += stride)
    for (int c = 0; c < channels; c++) sums[c] += (float)p[c];
}

static void from_float(const float *in, void *out, size_t count) {
  for (size_t i = 0; i < count; i++) ((uint8_t *)out)[i] = portable_i8_store(in[i]);
}

static void to_float(const void *in, float *out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = (float)((const uint8_t *)in)[i];
}

const ck_nn ck_nn_i8_portable = {.name = "i8-portable",
                                 .isa = CK_ISA_PORTABLE,
                                 .element_size = 1,
                                 .packed_size = ck_packed_size_i8,
                                 .pack = ck_pack_i8,
                                 .gemm = portable_i8_gemm,
                                 .gemm_float_out = portable_i8_gemm_float_out,
                                 .packed_depthwise_size = ck_packed_depthwise_size_i8,
                                 .pack_depthwise = ck_pack_depthwise_i8,
                                 .depthwise = portable_i8_depthwise,
                                 .stem = stem,
                                 .accumulate = accumulate,
                                 .from_float = from_float,
                                 .to_float = to_float};

#if defined(__x86_64__)
// What the compiler makes of it with AVX2: enough for CPUs whose fastest arithmetic this is not.
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(x) avx2_i8_##x
#include "nn_portable_i8.inc"

const ck_nn ck_nn_i8_avx2 = {.name = "i8-avx2",
                             .isa = CK_ISA_AVX2,
                             .element_size = 1,
                             .packed_size = ck_packed_size_i8,
                             .pack = ck_pack_i8,
                             .gemm = avx2_i8_gemm,
                             .gemm_float_out = avx2_i8_gemm_float_out,
                             .packed_depthwise_size = ck_packed_depthwise_size_i8,
                             .pack_depthwise = ck_pack_depthwise_i8,
                             .depthwise = avx2_i8_depthwise,
                             .stem = stem,
                             .accumulate = accumulate,
                             .from_float = from_float,
                             .to_float = to_float};
#endif
