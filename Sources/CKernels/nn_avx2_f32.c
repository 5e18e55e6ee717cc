#if defined(__x86_64__)
#include "nn_avx2.h"

#define ELEMENT float
#define NAME(x) avx2_f32_##x
#define LOAD(p, count) _mm256_maskload_ps(p, lanes(count))
#define LOAD_SOME(p, count) load_floats(p, count)
#define STORE_SOME(p, count, v) store_floats(p, count, v)
#define STORE_ALL(p, v) _mm256_storeu_ps(p, v)
#include "nn_avx2_gemm.inc"
#include "nn_avx2_rows.inc"
#include "nn_strassen.inc"

// Rows go in chunks whose A stays in L2 while B's columns pass.
#define CHUNK_BYTES (96 * 1024)

TARGET static void avx2_f32_gemm(const void *a, size_t a_stride, const void *packed, void *c,
                                 size_t c_stride, int m, int n, int k, const ck_epilogue *e) {
  int chunk = CHUNK_BYTES / (int)sizeof(float) / (k + 1);
  chunk = chunk < 4 * TILE_ROWS ? 4 * TILE_ROWS : chunk;
  const int chunks = ck_ceil_div(m, chunk);
  for (int part = 0; part < chunks; part++) {
    const int from = ck_part(m, part, chunks), to = ck_part(m, part + 1, chunks);
    avx2_f32_product((const float *)a + (size_t)from * a_stride, a_stride, packed, c, c_stride,
                     from, to, n, k, e, 0);
  }
}

const ck_nn ck_nn_f32_avx2 = {.name = "f32-avx2",
                              .isa = CK_ISA_AVX2,
                              .element_size = sizeof(float),
                              .packed_size = ck_packed_size_f32,
                              .pack = ck_pack_f32,
                              .gemm = avx2_f32_gemm,
                              .gemm_float_out = avx2_f32_gemm,
                              .packed_depthwise_size = ck_packed_depthwise_size_f32,
                              .pack_depthwise = ck_pack_depthwise_f32,
                              .depthwise = avx2_f32_depthwise,
                              .stem = avx2_f32_stem,
                              .accumulate = avx2_f32_accumulate,
                              .from_float = avx2_f32_narrow,
                              .to_float = avx2_f32_widen,
                              .strassen_sums = avx2_f32_strassen_sums,
                              .strassen_added = avx2_f32_strassen_added,
                              .strassen_last = avx2_f32_strassen_last,
                              .winograd_input = avx2_f32_winograd_input,
                              .winograd_rows = avx2_f32_winograd_rows};
#endif
