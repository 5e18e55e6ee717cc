// int8 with AVX2. VPMADDUBSW would cut sums of products off at 16 bits, so numbers are multiplied
// as 16-bit ones, two products a lane added up exactly (VPMADDWD).
#if defined(__x86_64__)
#include <stdlib.h>

#include "nn_avx2.h"

#define UNIT 2
#define MULTIPLY_ADD(sum, x, w) _mm256_add_epi32(sum, _mm256_madd_epi16(x, w))
#include "nn_avx2_i8.inc"

// Rows of bytes to pairs of 16 bits, the last pair filled up with a zero.
TARGET static void widen_rows(const uint8_t *a, size_t a_stride, int rows, int k, int16_t *out) {
  for (int i = 0; i < rows; i++, a += a_stride) {
    int p = 0;
    for (; p + 16 <= k; p += 16, out += 16)
      _mm256_storeu_si256((__m256i *)out,
                          _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(a + p))));
    for (; p < k; p++) *out++ = a[p];
    if (k % 2) *out++ = 0;
  }
}

// Rows go in chunks that are widened into this and stay in the cache while B's columns pass.
#define CHUNK (48 * 1024)

TARGET INLINE void gemm_into(const void *a, size_t a_stride, const void *packed, void *c,
                             size_t c_stride, int m, int n, int k, const ck_epilogue *e,
                             const int float_out) {
  int16_t room[CHUNK];
  const int pairs = ck_ceil_div(k, 2);
  // A row that is longer than any layer's has to have its own memory.
  int16_t *wide = 2 * pairs > CHUNK ? malloc((size_t)(2 * pairs) * sizeof *wide) : room;
  if (!wide) abort();
  const int fit = pairs > 0 ? CHUNK / (2 * pairs) : m;
  const int chunk = fit > TILE_ROWS ? fit / TILE_ROWS * TILE_ROWS : fit > 0 ? fit : 1;
  const int chunks = ck_ceil_div(m, chunk);
  for (int part = 0; part < chunks; part++) {
    const int from = ck_part(m, part, chunks), to = ck_part(m, part + 1, chunks);
    widen_rows((const uint8_t *)a + (size_t)from * a_stride, a_stride, to - from, k, wide);
    product((const uint8_t *)wide, (size_t)pairs * LANE_BYTES, packed, c, c_stride, from, to, n,
            pairs, e, float_out);
  }
  if (wide != room) free(wide);
}

TARGET INLINE void interleave(const uint8_t *const *rows, size_t offset, int channels,
                              __m128i outside, __m256i *left, __m256i *right) {
  const __m128i a = row_bytes(rows[0], offset, channels, outside);
  const __m128i b = row_bytes(rows[1], offset, channels, outside);
  *left = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
  *right = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
}

const ck_nn ck_nn_i8_avx2 = {.name = "i8-avx2",
                             .isa = CK_ISA_AVX2,
                             .packed_size = ck_packed_size_i16,
                             .pack = ck_pack_i16,
                             .packed_depthwise_size = ck_packed_depthwise_size_i16,
                             .pack_depthwise = ck_pack_depthwise_i16,
                             SHARED_KERNELS};
#endif
