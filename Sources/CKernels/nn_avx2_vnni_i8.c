// int8 with AVX2 and AVX-VNNI, as Intel's CPUs without AVX-512 have it: VPDPBUSD multiplies four
// bytes a lane and adds the products up exactly.
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,fma,avxvnni")))
#include "nn_avx2.h"

#define UNIT 4
#define MULTIPLY_ADD(sum, x, w) _mm256_dpbusd_avx_epi32(sum, x, w)
#include "nn_avx2_i8.inc"

// Rows go in chunks whose A stays in L2 while B's columns pass.
#define CHUNK_BYTES (320 * 1024)

TARGET INLINE void gemm_into(const void *a, size_t a_stride, const void *packed, void *c,
                             size_t c_stride, int m, int n, int k, const ck_epilogue *e,
                             const int float_out) {
  int chunk = CHUNK_BYTES / (k + 1);
  chunk = chunk < 4 * TILE_ROWS ? 4 * TILE_ROWS : chunk;
  const int chunks = ck_ceil_div(m, chunk);
  for (int part = 0; part < chunks; part++) {
    const int from = ck_part(m, part, chunks), to = ck_part(m, part + 1, chunks);
    product((const uint8_t *)a + (size_t)from * a_stride, a_stride, packed, c, c_stride, from, to,
            n, ck_ceil_div(k, UNIT), e, float_out);
  }
}

TARGET INLINE void interleave(const uint8_t *const *rows, size_t offset, int channels,
                              __m128i outside, __m256i *left, __m256i *right) {
  const __m128i r0 = row_bytes(rows[0], offset, channels, outside);
  const __m128i r1 = row_bytes(rows[1], offset, channels, outside);
  const __m128i r2 = row_bytes(rows[2], offset, channels, outside);
  const __m128i r3 = row_bytes(rows[3], offset, channels, outside);
  const __m128i lo01 = _mm_unpacklo_epi8(r0, r1), hi01 = _mm_unpackhi_epi8(r0, r1);
  const __m128i lo23 = _mm_unpacklo_epi8(r2, r3), hi23 = _mm_unpackhi_epi8(r2, r3);
  *left = _mm256_set_m128i(_mm_unpackhi_epi16(lo01, lo23), _mm_unpacklo_epi16(lo01, lo23));
  *right = _mm256_set_m128i(_mm_unpackhi_epi16(hi01, hi23), _mm_unpacklo_epi16(hi01, hi23));
}

const ck_nn ck_nn_i8_avx2_vnni = {.name = "i8-avx2-vnni",
                                  .isa = CK_ISA_AVX2_VNNI,
                                  .packed_size = ck_packed_size_i8,
                                  .pack = ck_pack_i8,
                                  .packed_depthwise_size = ck_packed_depthwise_size_i8,
                                  .pack_depthwise = ck_pack_depthwise_i8,
                                  SHARED_KERNELS};
#endif
