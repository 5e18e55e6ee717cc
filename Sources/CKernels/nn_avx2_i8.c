// int8 with AVX2. VPMADDUBSW would cut sums of products off at 16 bits, so numbers are multiplied
// as 16-bit ones, two products a lane added up exactly (VPMADDWD).
#if defined(__x86_64__)
#include <stdlib.h>

#include "nn_avx2.h"

// Register tile: 6 rows x 2 vectors of 8 columns, so 12 sums, 2 weights, a broadcast, a product.
#define TILE_ROWS 6
#define TILE_COLUMNS 16

// A row of B is one of its pairs of rows: [panel][k / 2][column][2], 16 bits each.
#define PAIR_ROW (2 * CK_PANEL)

TARGET INLINE __m256i multiply_add(__m256i sum, __m256i x, __m256i w) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w));
}

// Of eight values the first `count`, as bytes: rounded to nearest even, cut off at 0 and 255.
TARGET INLINE void store_bytes(uint8_t *p, int count, __m256 y) {
  // At most 255 before the conversion, which has no result for what does not fit an int32_t.
  const __m256i q = _mm256_cvtps_epi32(_mm256_min_ps(y, _mm256_set1_ps(255.0f)));
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
  const __m128i bytes = _mm_packus_epi16(words, words);
  if (count >= 8) {
    _mm_storel_epi64((__m128i *)p, bytes);
    return;
  }
  const long long all = _mm_cvtsi128_si64(bytes);
  memcpy(p, &all, (size_t)count);
}

// Of four times eight values all bytes: those of the first two in one half, the others' in the
// other.
TARGET INLINE __m256i bytes_of_four(__m256 y0, __m256 y1, __m256 y2, __m256 y3) {
  const __m256 most = _mm256_set1_ps(255.0f);
  const __m256i words01 = _mm256_packus_epi32(_mm256_cvtps_epi32(_mm256_min_ps(y0, most)),
                                              _mm256_cvtps_epi32(_mm256_min_ps(y1, most)));
  const __m256i words23 = _mm256_packus_epi32(_mm256_cvtps_epi32(_mm256_min_ps(y2, most)),
                                              _mm256_cvtps_epi32(_mm256_min_ps(y3, most)));
  // Packing works within lanes of four values each.
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(words01, words23), order);
}

// The first `count` of up to sixteen bytes, zeros behind them.
TARGET INLINE __m128i load_bytes(const uint8_t *p, int count) {
  if (count >= 16) return _mm_loadu_si128((const __m128i *)p);
  if (count == 8) return _mm_loadl_epi64((const __m128i *)p);
  uint8_t all[16] = {0};
  memcpy(all, p, (size_t)count);
  return _mm_loadu_si128((const __m128i *)all);
}

typedef struct {
  const int16_t *a;  // pairs
  size_t a_stride;
  const int16_t *panel;  // from the tile's first column
  void *c;
  size_t c_stride;
  int pairs, row, column, columns;
  const ck_epilogue *e;
} tile_work;

// Eight sums of row `i`, scaled, with their residual.
TARGET INLINE __m256 finished(__m256i sum, const tile_work *t, int i, int v) {
  const int column = t->column + 8 * v, columns = t->columns - 8 * v;
  const __m256 y =
      _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(t->e->multiplier + column),
                      _mm256_loadu_ps(t->e->bias + column));
  if (!t->e->residual) return y;
  const uint8_t *r = (const uint8_t *)t->e->residual +
                     (size_t)(t->row + i) * t->e->residual_stride + (size_t)column;
  const __m256i bytes = _mm256_cvtepu8_epi32(load_bytes(r, columns < 8 ? columns : 8));
  return _mm256_fmadd_ps(_mm256_cvtepi32_ps(bytes), _mm256_set1_ps(t->e->residual_scale), y);
}

TARGET INLINE void finish_row(int i, const int vectors, const int float_out, const __m256i sum[2],
                              const tile_work *t) {
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const __m256 y = finished(sum[v], t, i, v);
    const size_t at = (size_t)i * t->c_stride + (size_t)(8 * v);
    if (float_out)
      store_floats((float *)t->c + at, t->columns - 8 * v, y);
    else
      store_bytes((uint8_t *)t->c + at, t->columns - 8 * v, y);
  }
}

TARGET INLINE void finish(const int rows, const int vectors, const int float_out,
                          __m256i sum[TILE_ROWS][2], const tile_work *t) {
  if (float_out || vectors < 2 || t->columns < TILE_COLUMNS) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) finish_row(i, vectors, float_out, sum[i], t);
    return;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i + 2 <= rows; i += 2) {
    const __m256i bytes =
        bytes_of_four(finished(sum[i][0], t, i, 0), finished(sum[i][1], t, i, 1),
                      finished(sum[i + 1][0], t, i + 1, 0), finished(sum[i + 1][1], t, i + 1, 1));
    uint8_t *c = (uint8_t *)t->c + (size_t)i * t->c_stride;
    _mm_storeu_si128((__m128i *)c, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(c + t->c_stride), _mm256_extracti128_si256(bytes, 1));
  }
  if (rows % 2) finish_row(rows - 1, vectors, float_out, sum[rows - 1], t);
}

TARGET INLINE void tile(const int rows, const int vectors, const int float_out,
                        const tile_work *t) {
  __m256i sum[TILE_ROWS][2];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const __m256i start = _mm256_loadu_si256((const __m256i *)(t->e->start + t->column + 8 * v));
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) sum[i][v] = start;
  }
  const int16_t *a = t->a, *b = t->panel;
#pragma clang loop unroll(disable)
  for (int p = 0; p < t->pairs; p++, a += 2, b += PAIR_ROW) {
    _mm_prefetch((const char *)(b + 16 * PAIR_ROW), _MM_HINT_T0);
    const __m256i b0 = _mm256_loadu_si256((const __m256i *)b);
    const __m256i b1 = vectors > 1 ? _mm256_loadu_si256((const __m256i *)(b + 16)) : b0;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      int two;
      memcpy(&two, a + (size_t)i * t->a_stride, sizeof two);
      const __m256i x = _mm256_set1_epi32(two);
      sum[i][0] = multiply_add(sum[i][0], x, b0);
      if (vectors > 1) sum[i][1] = multiply_add(sum[i][1], x, b1);
    }
  }
  finish(rows, vectors, float_out, sum, t);
}

#define TILE_CASE(ROWS)            \
  case ROWS:                       \
    if (t->columns > 8)            \
      tile(ROWS, 2, float_out, t); \
    else                           \
      tile(ROWS, 1, float_out, t); \
    break

TARGET INLINE void tile_any(int rows, const int float_out, const tile_work *t) {
  switch (rows) {
    TILE_CASE(1);
    TILE_CASE(2);
    TILE_CASE(3);
    TILE_CASE(4);
    TILE_CASE(5);
    TILE_CASE(6);
  }
}

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
  const size_t out_size = float_out ? sizeof(float) : 1;
  const int pairs = ck_ceil_div(k, 2);
  // A row that is longer than any layer's has to have its own memory.
  int16_t *wide = 2 * pairs > CHUNK ? malloc((size_t)(2 * pairs) * sizeof *wide) : room;
  if (!wide) abort();
  const int fit = pairs > 0 ? CHUNK / (2 * pairs) : m;
  const int chunk = fit > TILE_ROWS ? fit / TILE_ROWS * TILE_ROWS : fit > 0 ? fit : 1;
  const int chunks = ck_ceil_div(m, chunk);
  for (int part = 0; part < chunks; part++) {
    const int from = (int)((long)m * part / chunks), to = (int)((long)m * (part + 1) / chunks);
    widen_rows((const uint8_t *)a + (size_t)from * a_stride, a_stride, to - from, k, wide);
    const int tiles = ck_ceil_div(to - from, TILE_ROWS);
    for (int j = 0; j < n; j += TILE_COLUMNS)
      for (int index = 0; index < tiles; index++) {
        const int i = (to - from) * index / tiles, end = (to - from) * (index + 1) / tiles;
        const tile_work work = {
            .a = wide + (size_t)i * (size_t)(2 * pairs),
            .a_stride = (size_t)(2 * pairs),
            .panel = (const int16_t *)packed + (size_t)(j / CK_PANEL) * (size_t)pairs * PAIR_ROW +
                     2 * (j % CK_PANEL),
            .c = (char *)c + ((size_t)(from + i) * c_stride + (size_t)j) * out_size,
            .c_stride = c_stride,
            .pairs = pairs,
            .row = from + i,
            .column = j,
            .columns = n - j < TILE_COLUMNS ? n - j : TILE_COLUMNS,
            .e = e};
        tile_any(end - i, float_out, &work);
      }
  }
  if (wide != room) free(wide);
}

TARGET static void gemm(const void *a, size_t a_stride, const void *packed, void *c,
                        size_t c_stride, int m, int n, int k, const ck_epilogue *e) {
  gemm_into(a, a_stride, packed, c, c_stride, m, n, k, e, 0);
}

TARGET static void gemm_float_out(const void *a, size_t a_stride, const void *packed, void *c,
                                  size_t c_stride, int m, int n, int k, const ck_epilogue *e) {
  gemm_into(a, a_stride, packed, c, c_stride, m, n, k, e, 1);
}

// Numbers of one tap of sixteen channels, for a pair of input rows (ck_pack_depthwise_i16).
#define TAP (2 * 16)

// A depthwise convolution in two steps, sixteen channels and some outputs of a line (or of two) at
// a time: input rows are widened and interleaved in pairs, as VPMADDWD takes them, into a strip
// that stays in L1; then the outputs' sums are formed from it.
#define STRIP(stride) (24 / (stride))  // outputs
#define STRIP_PIXELS 30                // that they read: with stride 1 and a kernel of 7
#define STRIP_PAIRS 5                  // of 7 rows, and of two more with stride 2

typedef struct {
  __m256i at[2][STRIP_PAIRS][STRIP_PIXELS];  // [half of the channels][pair of rows][pixel]
} strip;

TARGET INLINE __m128i row_bytes(const uint8_t *row, size_t offset, int channels, __m128i outside) {
  return row ? load_bytes(row + offset, channels) : outside;
}

TARGET INLINE void fill(const uint8_t *const *rows, int pairs, size_t in, size_t in_step,
                        int pixels, int channels, __m128i outside, strip *out) {
  for (int pair = 0; pair < pairs; pair++) {
    const uint8_t *row0 = rows[2 * pair], *row1 = rows[2 * pair + 1];
    size_t offset = in;
    for (int i = 0; i < pixels; i++, offset += in_step) {
      const __m128i a = row_bytes(row0, offset, channels, outside);
      const __m128i b = row_bytes(row1, offset, channels, outside);
      out->at[0][pair][i] = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
      out->at[1][pair][i] = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
    }
  }
}

// Eight channels of neighbouring outputs.
typedef struct {
  const strip *in;
  int half, x;            // where the first output's window begins
  int channel, channels;  // of the map; eight, or fewer at the end
  uint8_t *out[2];
  size_t out_step;
} window;

TARGET INLINE void window_sums(const int kernel, const int stride, const int rows,
                               const int outputs, const ck_depthwise_rows *r, const window *w) {
  const int pairs = (kernel + 1) / 2;
  const int16_t *weights = (const int16_t *)r->weights +
                           (size_t)(w->channel / 16) * (size_t)(2 * pairs * kernel) * TAP +
                           TAP / 2 * w->half;
  __m256i sum[2][8];
  const __m256i start = _mm256_loadu_si256((const __m256i *)(r->start + w->channel));
#pragma clang loop unroll(full)
  for (int t = 0; t < outputs; t++) sum[0][t] = sum[1][t] = start;
#pragma clang loop unroll(disable)
  for (int pair = 0; pair < pairs; pair++) {
    // With stride 1 the second output row has weights of its own for the same input rows; with
    // stride 2 its window begins a pair lower. There the pair that only the first reads goes
    // together with the one that only the second does.
    const int low = stride == 1 || pair > 0 ? pair : pairs;
    const int16_t *w0 = weights + pair * kernel * TAP;
    const int16_t *w1 = weights + (stride == 1 ? pairs + pair : low - 1) * kernel * TAP;
    const __m256i *x0 = w->in->at[w->half][pair] + w->x;
    const __m256i *x1 = w->in->at[w->half][low] + w->x;
#pragma clang loop unroll(full)
    for (int kx = 0; kx < kernel; kx++) {
      const __m256i a = _mm256_loadu_si256((const __m256i *)(w0 + kx * TAP));
      const __m256i b = rows > 1 ? _mm256_loadu_si256((const __m256i *)(w1 + kx * TAP)) : a;
#pragma clang loop unroll(full)
      for (int t = 0; t < outputs; t++) {
        // Held, or the compiler adds up products in another order, with more sums than registers.
        sum[0][t] = multiply_add(sum[0][t], a, x0[t * stride + kx]);
        CK_HOLD(sum[0][t]);
        if (rows > 1) {
          sum[1][t] = multiply_add(sum[1][t], b, x1[t * stride + kx]);
          CK_HOLD(sum[1][t]);
        }
      }
    }
  }
  const __m256 multiplier = _mm256_loadu_ps(r->multiplier + w->channel);
  const __m256 bias = _mm256_loadu_ps(r->bias + w->channel);
#pragma clang loop unroll(full)
  for (int row = 0; row < rows; row++)
#pragma clang loop unroll(full)
    for (int t = 0; t < outputs; t++)
      store_bytes(w->out[row] + (size_t)t * w->out_step, w->channels,
                  _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[row][t]), multiplier, bias));
}

// Outputs [0, count) of a line, all channels; offsets and steps in elements.
TARGET INLINE void depthwise_strip(const int kernel, const int stride, const int out_rows,
                                   const ck_depthwise_rows *r, const uint8_t *const *rows,
                                   size_t in, size_t in_step, uint8_t *const out[2],
                                   size_t out_step, int count) {
  const __m128i outside = _mm_set1_epi8((char)r->zero_point);
  strip buffer;
  for (int c = 0; c < r->channels; c += 16) {
    const int channels = r->channels - c < 16 ? r->channels - c : 16;
    const int pairs = (kernel + 1) / 2 + (out_rows - 1) * (stride - 1);
    const int pixels = (count - 1) * stride + kernel;
    if (channels == 16)
      fill(rows, pairs, in + (size_t)c, in_step, pixels, 16, outside, &buffer);
    else
      fill(rows, pairs, in + (size_t)c, in_step, pixels, channels, outside, &buffer);
    for (int half = 0; 8 * half < channels; half++) {
      const int left = channels - 8 * half;
      window w = {.in = &buffer,
                  .half = half,
                  .channel = c + 8 * half,
                  .channels = left < 8 ? left : 8,
                  .out_step = out_step};
      for (int x = 0; x < count;) {
        const int rest = count - x;
        int outputs = out_rows == 1 ? rest > 4 ? 8 : 4 : rest > 8 || rest == 6 || rest == 5 ? 6 : 4;
        if (outputs > count) outputs = count < 4 ? 1 : 4;
        // The last ones may begin early and be computed again.
        if (outputs > rest) x = count - outputs;
        w.x = x * stride;
        for (int row = 0; row < out_rows; row++)
          w.out[row] = out[row] + (size_t)x * out_step + w.channel;
        if (out_rows == 1 && outputs == 8)
          window_sums(kernel, stride, out_rows, 8, r, &w);
        else if (out_rows == 2 && outputs == 6)
          window_sums(kernel, stride, out_rows, 6, r, &w);
        else if (outputs == 4)
          window_sums(kernel, stride, out_rows, 4, r, &w);
        else
          window_sums(kernel, stride, out_rows, 1, r, &w);
        x += outputs;
      }
    }
  }
}

// Dilation d is d interleaved lines without dilation.
TARGET INLINE void depthwise_lines(const int kernel, const int stride, const int out_rows,
                                   const ck_depthwise_rows *r, const void *const *from,
                                   uint8_t *const out[2]) {
  // The weights of rows beyond the window are zero; any row will do.
  const uint8_t *rows[2 * STRIP_PAIRS];
  const int last = kernel + (out_rows - 1) * stride - 1;
  for (int i = 0; i < 2 * STRIP_PAIRS; i++) rows[i] = from[i < last ? i : last];
  const int d = r->dilation;
  const size_t in_step = (size_t)d * r->in_stride, out_step = (size_t)d * r->out_stride;
  for (int phase = 0; phase < d && phase < r->width; phase++) {
    const int count = (r->width - phase + d - 1) / d;
    for (int x = 0; x < count; x += STRIP(stride)) {
      const size_t in = (size_t)phase * r->in_stride + (size_t)(x * stride) * in_step;
      const size_t to = (size_t)phase * r->out_stride + (size_t)x * out_step;
      uint8_t *at[2];
      for (int row = 0; row < out_rows; row++) at[row] = out[row] + to;
      depthwise_strip(kernel, stride, out_rows, r, rows, in, in_step, at, out_step,
                      count - x < STRIP(stride) ? count - x : STRIP(stride));
    }
  }
}

TARGET INLINE void depthwise_any(const int kernel, const int stride, const ck_depthwise_rows *r) {
  uint8_t *const out[2] = {r->out[0], r->out[1]};
  if (out[1])
    depthwise_lines(kernel, stride, 2, r, r->rows, out);
  else
    depthwise_lines(kernel, stride, 1, r, r->rows, out);
}

TARGET static void depthwise(const ck_depthwise_rows *r){
#define RUN(KERNEL, STRIDE) depthwise_any(KERNEL, STRIDE, r)
    CK_FOR_WINDOW(r, RUN)
#undef RUN
}

TARGET static void stem(const ck_stem_row *r) {
  const __m128i outside = _mm_set1_epi8((char)r->outside);
  const __m128i rows = stem_mask(stem_rows_inside(r));
  const int columns = CK_STEM_COLUMNS(r->width);
  uint8_t *out = r->out;
  for (int i = 0; i < columns; i += 4) {
    __m128i bytes[4];
    stem_columns(r, i - 2, bytes);
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++, out += 15) {
      const int column = i + j - 2;
      if (i + j >= columns) break;
      const __m128i inside =
          column >= 0 && column < r->in_width ? _mm_blendv_epi8(outside, bytes[j], rows) : outside;
      // Fifteen bytes in two eights.
      _mm_storel_epi64((__m128i *)out, inside);
      _mm_storel_epi64((__m128i *)(out + 7), _mm_srli_si128(inside, 7));
    }
  }
}

TARGET static void accumulate(const void *pixels, size_t stride, int count, int channels,
                              float *sums) {
  const uint8_t *p = pixels;
  for (int c = 0; c < channels; c += 8) {
    const int some = channels - c < 8 ? channels - c : 8;
    __m256i sum = _mm256_setzero_si256();
    for (int i = 0; i < count; i++)
      sum =
          _mm256_add_epi32(sum, _mm256_cvtepu8_epi32(load_bytes(p + (size_t)i * stride + c, some)));
    store_floats(sums + c, some,
                 _mm256_add_ps(load_floats(sums + c, some), _mm256_cvtepi32_ps(sum)));
  }
}

TARGET static void from_float(const float *in, void *out, size_t count) {
  for (size_t i = 0; i < count; i += 8) {
    const int some = count - i < 8 ? (int)(count - i) : 8;
    store_bytes((uint8_t *)out + i, some, load_floats(in + i, some));
  }
}

TARGET static void to_float(const void *in, float *out, size_t count) {
  for (size_t i = 0; i < count; i += 8) {
    const int some = count - i < 8 ? (int)(count - i) : 8;
    store_floats(
        out + i, some,
        _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(load_bytes((const uint8_t *)in + i, some))));
  }
}

const ck_nn ck_nn_i8_avx2 = {.name = "i8-avx2",
                             .isa = CK_ISA_AVX2,
                             .element_size = 1,
                             .packed_size = ck_packed_size_i16,
                             .pack = ck_pack_i16,
                             .gemm = gemm,
                             .gemm_float_out = gemm_float_out,
                             .packed_depthwise_size = ck_packed_depthwise_size_i16,
                             .pack_depthwise = ck_pack_depthwise_i16,
                             .depthwise = depthwise,
                             .stem = stem,
                             .accumulate = accumulate,
                             .from_float = from_float,
                             .to_float = to_float};
#endif
