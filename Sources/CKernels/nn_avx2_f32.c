#if defined(__x86_64__)
#include "nn_avx2.h"

// Register tile: 6 rows x 2 vectors of 8, so 12 sums, 2 weights and a broadcast in 16 registers.
#define TILE_ROWS 6
#define TILE_COLUMNS 16

typedef struct {
  const float *a;
  size_t a_stride;
  const float *panel;  // from the tile's first column
  float *c;
  size_t c_stride;
  int k, row, column, columns;
  const ck_epilogue *e;
} tile_work;

TARGET INLINE void tile(const int rows, const int vectors, const tile_work *t) {
  __m256 sum[TILE_ROWS][2];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const __m256 bias = _mm256_loadu_ps(t->e->bias + t->column + 8 * v);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) sum[i][v] = bias;
  }
  const float *a = t->a, *b = t->panel;
#pragma clang loop unroll(disable)
  for (int p = 0; p < t->k; p++, a++, b += CK_PANEL) {
    _mm_prefetch((const char *)(b + 16 * CK_PANEL), _MM_HINT_T0);
    const __m256 b0 = _mm256_loadu_ps(b);
    const __m256 b1 = vectors > 1 ? _mm256_loadu_ps(b + 8) : b0;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      const __m256 x = _mm256_broadcast_ss(a + (size_t)i * t->a_stride);
      sum[i][0] = _mm256_fmadd_ps(x, b0, sum[i][0]);
      if (vectors > 1) sum[i][1] = _mm256_fmadd_ps(x, b1, sum[i][1]);
    }
  }
  const __m256 lo = _mm256_set1_ps(t->e->lo), hi = _mm256_set1_ps(t->e->hi);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const int columns = t->columns - 8 * v;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      __m256 y = sum[i][v];
      if (t->e->residual)
        y = _mm256_add_ps(y, load_floats((const float *)t->e->residual +
                                             (size_t)(t->row + i) * t->e->residual_stride +
                                             (size_t)(t->column + 8 * v),
                                         columns));
      store_floats(t->c + (size_t)i * t->c_stride + 8 * v, columns,
                   _mm256_min_ps(_mm256_max_ps(y, lo), hi));
    }
  }
}

#define TILE_CASE(ROWS) \
  case ROWS:            \
    if (t->columns > 8) \
      tile(ROWS, 2, t); \
    else                \
      tile(ROWS, 1, t); \
    break

TARGET static void tile_any(int rows, const tile_work *t) {
  switch (rows) {
    TILE_CASE(1);
    TILE_CASE(2);
    TILE_CASE(3);
    TILE_CASE(4);
    TILE_CASE(5);
    TILE_CASE(6);
  }
}

// Rows go in chunks whose A stays in L2 while B's columns pass.
#define CHUNK_BYTES (96 * 1024)

TARGET static void gemm(const void *a, size_t a_stride, const void *packed, void *c,
                        size_t c_stride, int m, int n, int k, const ck_epilogue *e) {
  int chunk = CHUNK_BYTES / (int)sizeof(float) / (k + 1);
  chunk = chunk < 4 * TILE_ROWS ? 4 * TILE_ROWS : chunk;
  const int chunks = ck_ceil_div(m, chunk);
  for (int part = 0; part < chunks; part++) {
    const int from = (int)((long)m * part / chunks), to = (int)((long)m * (part + 1) / chunks);
    const int tiles = ck_ceil_div(to - from, TILE_ROWS);
    for (int j = 0; j < n; j += TILE_COLUMNS)
      for (int index = 0; index < tiles; index++) {
        const int i = from + (to - from) * index / tiles;
        const int end = from + (to - from) * (index + 1) / tiles;
        const tile_work work = {.a = (const float *)a + (size_t)i * a_stride,
                                .a_stride = a_stride,
                                .panel = (const float *)packed +
                                         (size_t)(j / CK_PANEL) * (size_t)k * CK_PANEL +
                                         j % CK_PANEL,
                                .c = (float *)c + (size_t)i * c_stride + j,
                                .c_stride = c_stride,
                                .k = k,
                                .row = i,
                                .column = j,
                                .columns = n - j < TILE_COLUMNS ? n - j : TILE_COLUMNS,
                                .e = e};
        tile_any(end - i, &work);
      }
  }
}

#define ELEMENT float
#define NAME(x) avx2_f32_##x
#define LANES 8
#define SHARES_INPUTS 1
#define OUTPUTS 4
#define VECTOR __m256
#define MASK int
#define MASK_OF(channels) (channels)
#define LOAD(p, mask) _mm256_maskload_ps(p, lanes(mask))
#define LOAD_ALL(p) _mm256_loadu_ps(p)
#define STORE_ALL(p, v) _mm256_storeu_ps(p, v)
#define STORE_FLOATS(p, v) _mm256_storeu_ps(p, v)
#define STORE_SOME(p, mask, v) store_floats(p, mask, v)
#define BROADCAST(p) _mm256_broadcast_ss(p)
#define MULTIPLY_ADD(a, b, sum) _mm256_fmadd_ps(a, b, sum)
#define CLAMP(v, lo, hi) _mm256_min_ps(_mm256_max_ps(v, lo), hi)
#include "nn_depthwise_f32.inc"
#include "nn_strassen.inc"
#include "nn_winograd.inc"

TARGET static void stem(const ck_stem_row *r) {
  const __m256 scale = _mm256_set1_ps(r->scale), offset = _mm256_set1_ps(r->offset);
  const __m128i rows = stem_mask(stem_rows_inside(r));
  const int columns = CK_STEM_COLUMNS(r->width);
  float *out = r->out;
  for (int i = 0; i < columns; i += 4) {
    __m128i bytes[4];
    stem_columns(r, i - 2, bytes);
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++, out += 15) {
      const int column = i + j - 2;
      if (i + j >= columns) break;
      const __m128i inside = column >= 0 && column < r->in_width ? rows : _mm_setzero_si128();
      // Fifteen values in two eights.
#pragma clang loop unroll(full)
      for (int at = 7; at >= 0; at -= 7) {
        const __m128i x = at ? _mm_srli_si128(bytes[j], 7) : bytes[j];
        const __m128i mask = at ? _mm_srli_si128(inside, 7) : inside;
        const __m256 y =
            _mm256_fmadd_ps(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(x)), scale, offset);
        _mm256_storeu_ps(out + at,
                         _mm256_and_ps(y, _mm256_castsi256_ps(_mm256_cvtepi8_epi32(mask))));
      }
    }
  }
}

TARGET static void accumulate(const void *pixels, size_t stride, int count, int channels,
                              float *sums) {
  for (int c = 0; c < channels; c += 8) {
    const int some = channels - c < 8 ? channels - c : 8;
    __m256 sum = load_floats(sums + c, some);
    for (int i = 0; i < count; i++)
      sum = _mm256_add_ps(sum, load_floats((const float *)pixels + (size_t)i * stride + c, some));
    store_floats(sums + c, some, sum);
  }
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
                              .strassen_sums = avx2_f32_strassen_sums,
                              .winograd_input = avx2_f32_winograd_input,
                              .winograd_rows = avx2_f32_winograd_rows};
#endif
