#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma")))
#define INLINE static inline __attribute__((always_inline))

#include "nn_avx512_stem.inc"

// Register tile: 12 pixels x 2 vectors of columns; 24 sums, 2 weights, a broadcast.
#define TILE_ROWS 12

TARGET INLINE __mmask16 lanes(int count) {
  return count >= 16 ? 0xffff : (__mmask16)((1u << count) - 1);
}

// Rounded; what is not in 0...255 is for those to clamp who make bytes of it.
TARGET INLINE __m512i rounded(__m512 y) {
  // At most 255 before the conversion, whose result for all that does not fit an int32_t is its
  // least: 0 in the end. Of a value that is no number the minimum is its second operand.
  return _mm512_cvtps_epi32(_mm512_min_ps(_mm512_set1_ps(255.0f), y));
}

TARGET INLINE void store_16(uint8_t *p, __mmask16 mask, __m512i q) {
  _mm_mask_storeu_epi8(p, mask, _mm512_cvtepi32_epi8(_mm512_max_epi32(q, _mm512_setzero_si512())));
}

TARGET INLINE void store(uint8_t *p, __mmask16 mask, __m512 y) { store_16(p, mask, rounded(y)); }

// Four times sixteen numbers as bytes, 0...255, one sixteen after the other.
TARGET INLINE __m512i pack_bytes(__m512i q0, __m512i q1, __m512i q2, __m512i q3) {
  // Packing works within lanes: four bytes of each.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(
      order, _mm512_packus_epi16(_mm512_packs_epi32(q0, q1), _mm512_packs_epi32(q2, q3)));
}

TARGET INLINE __m512i broadcast(const uint8_t *p) {
  int four;
  memcpy(&four, p, sizeof four);
  return _mm512_set1_epi32(four);
}

TARGET INLINE void store_32(uint8_t *p, __mmask32 mask, __m256i bytes) {
  if (mask == ~0u)
    _mm256_storeu_si256((__m256i *)p, bytes);
  else
    _mm256_mask_storeu_epi8(p, mask, bytes);
}

// Sums of a row's sixteen columns, scaled, with their residual.
TARGET INLINE __m512 finished(__m512i sum, __m512 multiplier, __m512 bias, const ck_epilogue *e,
                              int row, int column, __mmask16 mask) {
  const __m512 y = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), multiplier, bias);
  if (!e->residual) return y;
  const uint8_t *r =
      (const uint8_t *)e->residual + (size_t)row * e->residual_stride + (size_t)column;
  const __m512i bytes = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, r));
  return _mm512_fmadd_ps(_mm512_cvtepi32_ps(bytes), _mm512_set1_ps(e->residual_scale), y);
}

typedef struct {
  const uint8_t *a;
  size_t a_stride;
  const int8_t *panel;
  void *c;
  size_t c_stride;
  int steps;
  int row, column, columns;
  const ck_epilogue *e;
} tile_work;

// Two rows of two vectors as bytes; the second may be missing.
TARGET INLINE void store_pair(const int rows, const __m512i sum[][2], int row, const tile_work *t) {
  const __mmask32 mask = t->columns >= CK_PANEL ? ~0u : (1u << t->columns) - 1;
  const __mmask16 masks[2] = {(__mmask16)mask, (__mmask16)(mask >> 16)};
  __m512i x[4];
#pragma clang loop unroll(full)
  for (int k = 0; k < 2 * rows; k++) {
    const int column = t->column + 16 * (k % 2);
    x[k] = rounded(finished(sum[k / 2][k % 2], _mm512_loadu_ps(t->e->multiplier + column),
                            _mm512_loadu_ps(t->e->bias + column), t->e, t->row + row + k / 2,
                            column, masks[k % 2]));
  }
  const __m512i bytes = pack_bytes(x[0], x[1], x[2 * rows - 2], x[2 * rows - 1]);
  uint8_t *c = (uint8_t *)t->c + (size_t)row * t->c_stride;
  store_32(c, mask, _mm512_castsi512_si256(bytes));
  if (rows == 2) store_32(c + t->c_stride, mask, _mm512_extracti64x4_epi64(bytes, 1));
}

TARGET INLINE void tile(const int rows, const int vectors, const int float_out,
                        const tile_work *t) {
  __m512i sum[TILE_ROWS][2];
  for (int v = 0; v < vectors; v++) {
    const __m512i start = _mm512_loadu_si512(t->e->start + t->column + 16 * v);
    for (int i = 0; i < rows; i++) sum[i][v] = start;
  }
  const uint8_t *a = t->a;
  const int8_t *b = t->panel;
  const size_t s = t->a_stride;
  for (int p = 0; p < t->steps; p++, a += 4, b += 4 * CK_PANEL) {
    const __m512i b0 = _mm512_loadu_si512(b);
    const __m512i b1 = vectors > 1 ? _mm512_loadu_si512(b + 64) : b0;
    for (int i = 0; i < rows; i++) {
      const __m512i x = broadcast(a + (size_t)i * s);
      sum[i][0] = _mm512_dpbusd_epi32(sum[i][0], x, b0);
      if (vectors > 1) sum[i][1] = _mm512_dpbusd_epi32(sum[i][1], x, b1);
    }
  }
  if (vectors == 2 && !float_out) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i += 2) store_pair(i + 1 < rows ? 2 : 1, sum + i, i, t);
    return;
  }
  for (int v = 0; v < vectors; v++) {
    const int column = t->column + 16 * v;
    const __mmask16 mask = lanes(t->columns - 16 * v);
    const __m512 multiplier = _mm512_loadu_ps(t->e->multiplier + column);
    const __m512 bias = _mm512_loadu_ps(t->e->bias + column);
    for (int i = 0; i < rows; i++) {
      const __m512 y = finished(sum[i][v], multiplier, bias, t->e, t->row + i, column, mask);
      const size_t at = (size_t)i * t->c_stride + (size_t)(16 * v);
      if (float_out)
        _mm512_mask_storeu_ps((float *)t->c + at, mask, y);
      else
        store((uint8_t *)t->c + at, mask, y);
    }
  }
}

#define TILE_CASE(ROWS)            \
  case ROWS:                       \
    if (t->columns > 16)           \
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
    TILE_CASE(7);
    TILE_CASE(8);
    TILE_CASE(9);
    TILE_CASE(10);
    TILE_CASE(11);
    TILE_CASE(12);
  }
}

// Rows go in chunks whose A stays in L2 beside a panel of B, so B is read from memory once a chunk.
TARGET INLINE void gemm_into(const void *a, size_t a_stride, const void *packed, void *c,
                             size_t c_stride, int m, int n, int k, const ck_epilogue *e,
                             const int float_out) {
  const size_t out_size = float_out ? sizeof(float) : 1;
  const int steps = ck_ceil_div(k, 4);
  const size_t panel_size = (size_t)steps * CK_PANEL * 4;
  int chunk = 320 * 1024 / (k + 1);
  chunk = chunk < 4 * TILE_ROWS ? 4 * TILE_ROWS : chunk;
  const int chunks = ck_ceil_div(m, chunk);
  if (e->upcoming.rows) ck_prefetch(e->upcoming.rows, e->upcoming.row_bytes);
  ck_upcoming_fetcher upcoming = ck_fetch_upcoming(
      &e->upcoming, (size_t)ck_ceil_div(m, TILE_ROWS) * (size_t)ck_ceil_div(n, CK_PANEL));
  for (int part = 0; part < chunks; part++) {
    const int from = ck_part(m, part, chunks), to = ck_part(m, part + 1, chunks);
    const int tiles = ck_ceil_div(to - from, TILE_ROWS);
    for (int j = 0; j < n; j += CK_PANEL)
      for (int index = 0; index < tiles; index++) {
        const int i = from + ck_part(to - from, index, tiles);
        const int end = from + ck_part(to - from, index + 1, tiles);
        const tile_work work = {
            .a = (const uint8_t *)a + (size_t)i * a_stride,
            .a_stride = a_stride,
            .panel = (const int8_t *)packed + (size_t)(j / CK_PANEL) * panel_size,
            .c = (char *)c + ((size_t)i * c_stride + (size_t)j) * out_size,
            .c_stride = c_stride,
            .steps = steps,
            .row = i,
            .column = j,
            .columns = n - j < CK_PANEL ? n - j : CK_PANEL,
            .e = e};
        ck_fetch_shares(&upcoming);
        tile_any(end - i, float_out, &work);
      }
  }
}

TARGET static void gemm(const void *a, size_t a_stride, const void *packed, void *c,
                        size_t c_stride, int m, int n, int k, const ck_epilogue *e) {
  gemm_into(a, a_stride, packed, c, c_stride, m, n, k, e, 0);
}

TARGET static void gemm_float_out(const void *a, size_t a_stride, const void *packed, void *c,
                                  size_t c_stride, int m, int n, int k, const ck_epilogue *e) {
  gemm_into(a, a_stride, packed, c, c_stride, m, n, k, e, 1);
}

// A depthwise convolution in two steps, 64 channels and some outputs of a row (or of two rows) at a
// time: four input rows are interleaved, as VPDPBUSD takes them, into a buffer that stays in L1;
// then each sixteen channels' sums are formed from it with the weights in registers.
#define STRIP 24                                   // outputs of a row
#define STRIP_PIXELS (2 * (STRIP - 1) + 7)         // that they read
typedef uint8_t interleaved[STRIP_PIXELS][4][64];  // [pixel][16 channels][channel, row]

TARGET INLINE __m512i four_rows_load(const uint8_t *row, size_t offset, __mmask64 mask,
                                     __m512i outside, __m512i order) {
  return row ? _mm512_permutexvar_epi32(order, _mm512_maskz_loadu_epi8(mask, row + offset))
             : outside;
}

// `pixels` pixels of four rows, of which the first `used` (a compile-time number) have weights.
TARGET INLINE void interleave_some(const int used, const uint8_t *const *rows, size_t offset,
                                   size_t step, int pixels, __mmask64 mask, int zero_point,
                                   interleaved out) {
  // Lane l of the sixteens z = 0...3 takes channels 16 z + 4 l on; unpacking works within lanes.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i outside = _mm512_set1_epi8((char)zero_point);
  for (int i = 0; i < pixels; i++, offset += step) {
    const __m512i r0 = four_rows_load(rows[0], offset, mask, outside, order);
    const __m512i r1 = used > 1 ? four_rows_load(rows[1], offset, mask, outside, order) : r0;
    const __m512i lo01 = _mm512_unpacklo_epi8(r0, r1), hi01 = _mm512_unpackhi_epi8(r0, r1);
    __m512i lo23 = lo01, hi23 = hi01;
    if (used > 2) {
      const __m512i r2 = four_rows_load(rows[2], offset, mask, outside, order);
      const __m512i r3 = used > 3 ? four_rows_load(rows[3], offset, mask, outside, order) : r2;
      lo23 = _mm512_unpacklo_epi8(r2, r3);
      hi23 = _mm512_unpackhi_epi8(r2, r3);
    }
    _mm512_storeu_si512(out[i][0], _mm512_unpacklo_epi16(lo01, lo23));
    _mm512_storeu_si512(out[i][1], _mm512_unpackhi_epi16(lo01, lo23));
    _mm512_storeu_si512(out[i][2], _mm512_unpacklo_epi16(hi01, hi23));
    _mm512_storeu_si512(out[i][3], _mm512_unpackhi_epi16(hi01, hi23));
  }
}

// Up to 64 channels.
TARGET INLINE void interleave(const int used, const uint8_t *const *rows, size_t offset,
                              size_t step, int pixels, int channels, int zero_point,
                              interleaved out) {
  // A full mask that is known to be one costs nothing.
  if (channels == 64)
    interleave_some(used, rows, offset, step, pixels, ~0ull, zero_point, out);
  else
    interleave_some(used, rows, offset, step, pixels, (1ull << channels) - 1, zero_point, out);
}

typedef __m512i rounded_sums[STRIP][4];  // [output][16 channels]

// `outputs` neighbours of one or two rows (all of them compile-time numbers), sixteen channels.
TARGET INLINE void window_sums(const int kernel, const int stride, const int outputs,
                               const int out_rows, const interleaved *in, int x, int z,
                               const int8_t *weights, __m512i start, __m512 multiplier, __m512 bias,
                               rounded_sums out[2]) {
  const int first = x * stride;
  const int fours = (kernel + 3) / 4;
  __m512i sum[2][12];
  for (int s = 0; s < out_rows; s++)
    for (int t = 0; t < outputs; t++) sum[s][t] = start;
#pragma clang loop unroll(disable)
  for (int four = 0; four < fours; four++) {
    const int8_t *w = weights + four * kernel * 64;
    __m512i taps[2][7];
    for (int s = 0; s < out_rows; s++)
#pragma clang loop unroll(full)
      for (int kx = 0; kx < kernel; kx++)
        taps[s][kx] = _mm512_loadu_si512(w + (s * stride * fours * kernel + kx) * 64);
#pragma clang loop unroll(full)
    for (int i = 0; i < (outputs - 1) * stride + kernel; i++) {
      const __m512i x = _mm512_loadu_si512(in[four][first + i][z]);
#pragma clang loop unroll(full)
      for (int t = 0; t < outputs; t++) {
        const int kx = i - t * stride;
        if (kx >= 0 && kx < kernel)
          for (int s = 0; s < out_rows; s++)
            sum[s][t] = _mm512_dpbusd_epi32(sum[s][t], x, taps[s][kx]);
      }
    }
  }
  for (int s = 0; s < out_rows; s++)
    for (int t = 0; t < outputs; t++)
      out[s][x + t][z] = rounded(_mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[s][t]), multiplier, bias));
}

// Up to 64 channels of a strip's outputs.
TARGET INLINE void store_strip(const rounded_sums in, uint8_t *out, size_t out_step, int count,
                               int channels) {
  if (channels == 64) {
    for (int t = 0; t < count; t++, out += out_step)
      _mm512_storeu_si512(out, pack_bytes(in[t][0], in[t][1], in[t][2], in[t][3]));
  } else if (channels > 32) {
    const __mmask64 mask = (1ull << channels) - 1;
    for (int t = 0; t < count; t++, out += out_step)
      _mm512_mask_storeu_epi8(
          out, mask, pack_bytes(in[t][0], in[t][1], in[t][2], in[t][channels > 48 ? 3 : 2]));
  } else if (channels > 16) {
    const __mmask32 mask = channels == 32 ? ~0u : (1u << channels) - 1;
    for (int t = 0; t < count; t += 2, out += 2 * out_step) {
      const int next = t + 1 < count ? t + 1 : t;
      const __m512i bytes = pack_bytes(in[t][0], in[t][1], in[next][0], in[next][1]);
      store_32(out, mask, _mm512_castsi512_si256(bytes));
      if (next > t) store_32(out + out_step, mask, _mm512_extracti64x4_epi64(bytes, 1));
    }
  } else {
    for (int t = 0; t < count; t++, out += out_step) store_16(out, lanes(channels), in[t][0]);
  }
}

TARGET INLINE void strip(const int kernel, const int stride, const int out_rows,
                         const ck_depthwise_rows *r, const uint8_t *const rows[8], size_t in,
                         size_t in_step, uint8_t *const out[2], size_t out_step, int count,
                         ck_upcoming_fetcher *upcoming) {
  const int fours = (kernel + 3) / 4;
  interleaved buffer[2];
  rounded_sums sums[2];
  for (int c = 0; c < r->channels; c += 64) {
    const int channels = r->channels - c < 64 ? r->channels - c : 64;
    ck_fetch_shares(upcoming);
    const int pixels = (count - 1) * stride + kernel, window = kernel + (out_rows - 1) * stride;
    interleave(window < 4 ? window : 4, rows, in + (size_t)c, in_step, pixels, channels,
               r->zero_point, buffer[0]);
    if (fours > 1)
      interleave(window - 4, rows + 4, in + (size_t)c, in_step, pixels, channels, r->zero_point,
                 buffer[1]);
    for (int z = 0; 16 * z < channels; z++) {
      const int channel = c + 16 * z;
      const int8_t *weights =
          (const int8_t *)r->weights +
          (size_t)(channel / 16) * (size_t)(ck_row_versions(kernel, 4) * fours * kernel) * 64;
      const __m512i start = _mm512_loadu_si512(r->start + channel);
      const __m512 multiplier = _mm512_loadu_ps(r->multiplier + channel);
      const __m512 bias = _mm512_loadu_ps(r->bias + channel);
      int x = 0;
#define OUTPUTS(N)                                                                           \
  do {                                                                                       \
    window_sums(kernel, stride, N, out_rows, buffer, x, z, weights, start, multiplier, bias, \
                sums);                                                                       \
    x += N;                                                                                  \
  } while (0)
      if (out_rows == 1)
        while (count - x >= 8) OUTPUTS(8);
      else
        while (count - x >= 6) OUTPUTS(6);
      while (count - x >= 2) OUTPUTS(2);
      if (count > x) OUTPUTS(1);
#undef OUTPUTS
    }
    for (int s = 0; s < out_rows; s++) store_strip(sums[s], out[s] + c, out_step, count, channels);
  }
}

// Dilation d is d interleaved rows without dilation.
TARGET INLINE void depthwise_rows(const int kernel, const int stride, const int out_rows,
                                  const ck_depthwise_rows *r, const void *const *from,
                                  uint8_t *const out[2]) {
  const uint8_t *rows[8];
  // The weights of rows beyond the window are zero; any row will do.
  const int last = kernel + (out_rows - 1) * stride - 1;
  for (int i = 0; i < 8; i++) rows[i] = from[i < last ? i : last];
  const int d = r->dilation;
  const int strips_of_all = d * ck_ceil_div(ck_ceil_div(r->width, d), STRIP);
  ck_upcoming_fetcher upcoming =
      ck_fetch_upcoming(&r->upcoming, (size_t)strips_of_all * (size_t)ck_ceil_div(r->channels, 64));
  for (int phase = 0; phase < d && phase < r->width; phase++) {
    const int count = (r->width - phase + d - 1) / d;
    const size_t in_step = (size_t)d * r->in_stride, out_step = (size_t)d * r->out_stride;
    const int strips = ck_ceil_div(count, STRIP);
    for (int index = 0; index < strips; index++) {
      // Whole sixes or eights, except at the end.
      const int x = index * STRIP, end = x + STRIP < count ? x + STRIP : count;
      const size_t in = (size_t)phase * r->in_stride + (size_t)(x * stride) * in_step;
      const size_t to = (size_t)phase * r->out_stride + (size_t)x * out_step;
      uint8_t *const at[2] = {out[0] + to, out_rows > 1 ? out[1] + to : NULL};
      strip(kernel, stride, out_rows, r, rows, in, in_step, at, out_step, end - x, &upcoming);
    }
  }
}

TARGET INLINE void depthwise_any(const int kernel, const int stride, const ck_depthwise_rows *r) {
  uint8_t *const out[2] = {r->out[0], r->out[1]};
  // Two output rows share their input where the second has weights of its own.
  if (out[1] && stride < ck_row_versions(kernel, 4)) {
    depthwise_rows(kernel, stride, 2, r, r->rows, out);
    return;
  }
  for (int s = 0; s < 2 && out[s]; s++)
    depthwise_rows(kernel, stride, 1, r, r->rows + s * stride, out + s);
}

TARGET static void depthwise(const ck_depthwise_rows *r){
#define RUN(KERNEL, STRIDE) depthwise_any(KERNEL, STRIDE, r)
    CK_FOR_WINDOW(r, RUN)
#undef RUN
}

TARGET static void stem(const ck_stem_row *r) {
  const __m128i outside = _mm_set1_epi8((char)r->outside);
  const unsigned rows = stem_rows_inside(r);
  const int columns = CK_STEM_COLUMNS(r->width);
  uint8_t *out = r->out;
  for (int i = 0; i < columns; i += 4) {
    __m128i bytes[4];
    stem_columns(r, i - 2, bytes);
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
      const int column = i + j - 2;
      const __mmask16 mask = column >= 0 && column < r->in_width ? (__mmask16)rows : 0;
      if (i + j < columns)
        _mm_mask_storeu_epi8(out + (i + j) * 15, 0x7fff,
                             _mm_mask_mov_epi8(outside, mask, bytes[j]));
    }
  }
}

TARGET static void accumulate(const void *pixels, size_t stride, int count, int channels,
                              float *sums) {
  for (int c = 0; c < channels; c += 16) {
    const __mmask16 mask = lanes(channels - c);
    __m512i sum = _mm512_setzero_si512();
    for (int i = 0; i < count; i++)
      sum = _mm512_add_epi32(sum, _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(
                                      mask, (const uint8_t *)pixels + (size_t)i * stride + c)));
    _mm512_mask_storeu_ps(
        sums + c, mask,
        _mm512_add_ps(_mm512_maskz_loadu_ps(mask, sums + c), _mm512_cvtepi32_ps(sum)));
  }
}

TARGET static void from_float(const float *in, void *out, size_t count) {
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = lanes(count - i < 16 ? (int)(count - i) : 16);
    store((uint8_t *)out + i, mask, _mm512_maskz_loadu_ps(mask, in + i));
  }
}

TARGET static void to_float(const void *in, float *out, size_t count) {
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = lanes(count - i < 16 ? (int)(count - i) : 16);
    _mm512_mask_storeu_ps(out + i, mask,
                          _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(
                              _mm_maskz_loadu_epi8(mask, (const uint8_t *)in + i))));
  }
}

// A block of sums from tiles.
TARGET static void amx_finish(const float *sums, int row, int column, int rows, int columns,
                              void *c, size_t c_stride, const ck_epilogue *e, int float_out) {
  for (int v = 0; 16 * v < columns; v++) {
    const int first = column + 16 * v;
    const __mmask16 mask = lanes(columns - 16 * v);
    const __m512 multiplier = _mm512_loadu_ps(e->multiplier + first);
    const __m512 bias = _mm512_loadu_ps(e->bias + first);
    const __m512i start = _mm512_loadu_si512(e->start + first);
    for (int i = 0; i < rows; i++) {
      const __m512i sum = _mm512_add_epi32(start, _mm512_load_si512(sums + i * CK_PANEL + 16 * v));
      const __m512 y = finished(sum, multiplier, bias, e, row + i, first, mask);
      const size_t at = (size_t)i * c_stride + (size_t)(16 * v);
      if (float_out)
        _mm512_mask_storeu_ps((float *)c + at, mask, y);
      else
        store((uint8_t *)c + at, mask, y);
    }
  }
}

#undef TARGET
#define TARGET    \
  __attribute__(( \
      target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma,prfchw,amx-tile,amx-int8")))
#define ELEMENT uint8_t
#define NAME(x) i8_##x
#define UNIT 4
#define MULTIPLY(c, a, b) _tile_dpbusd(c, a, b)
#define FINISH amx_finish
#include "nn_amx.inc"

// What AMX and AVX-512 versions have in common.
#define SHARED_KERNELS                                                                          \
  .element_size = 1, .packed_size = ck_packed_size_i8, .pack = ck_pack_i8,                      \
  .packed_depthwise_size = ck_packed_depthwise_size_i8, .pack_depthwise = ck_pack_depthwise_i8, \
  .depthwise = depthwise, .stem = stem, .accumulate = accumulate, .from_float = from_float,     \
  .to_float = to_float

const ck_nn ck_nn_i8_avx512 = {.name = "i8-avx512-vnni",
                               .isa = CK_ISA_AVX512_VNNI,
                               .fetches = true,
                               .gemm = gemm,
                               .gemm_float_out = gemm_float_out,
                               SHARED_KERNELS};
const ck_nn ck_nn_i8_amx = {.name = "i8-amx",
                            .isa = CK_ISA_AMX,
                            .gemm = i8_tiled_gemm,
                            .gemm_float_out = i8_tiled_gemm_float_out,
                            SHARED_KERNELS};
#endif
