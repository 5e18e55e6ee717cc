// Row kernels of the overlay: portable, AVX2 and AVX-512, bit for bit the same.
#include "overlay.h"

static void blend8_portable(uint8_t *dst, const uint8_t *src, const uint16_t *keep,
                            const uint16_t *add, size_t count) {
  for (size_t i = 0; i < count; i++) dst[i] = (uint8_t)((uint16_t)(src[i] * keep[i] + add[i]) >> 8);
}

static void blend16_portable(uint16_t *dst, const uint16_t *src, const uint32_t *keep,
                             const uint32_t *add, int shift, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t source = (uint32_t)src[i] >> shift;
    dst[i] = (uint16_t)(((source * keep[i] + add[i]) >> 15) << shift);
  }
}

static void tint8_portable(uint8_t *samples, const uint8_t *coverage, unsigned even, unsigned odd,
                           size_t count) {
  for (size_t i = 0; i < count; i++) {
    unsigned w = coverage[i] + (coverage[i] >> 7);
    samples[i] = (uint8_t)((samples[i] * (256 - w) + (i & 1 ? odd : even) * w + 128) >> 8);
  }
}

static void tint16_portable(uint16_t *samples, const uint8_t *coverage, unsigned even, unsigned odd,
                            int shift, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t c = coverage[i];
    uint32_t w = (c << 7) + (c >> 1) + (c >> 7);
    uint32_t sample = (uint32_t)samples[i] >> shift;
    samples[i] =
        (uint16_t)(((sample * (32768 - w) + (i & 1 ? odd : even) * w + 16384) >> 15) << shift);
  }
}

static void votes_portable(uint8_t *votes, const uint16_t *above, const uint16_t *row,
                           const uint16_t *below, size_t count) {
  for (ptrdiff_t i = 0; i < (ptrdiff_t)count; i++) {
    uint16_t l = row[i];
    int straight = (above[i] == l) + (below[i] == l) + (row[i - 1] == l) + (row[i + 1] == l);
    int diagonal =
        (above[i - 1] == l) + (above[i + 1] == l) + (below[i - 1] == l) + (below[i + 1] == l);
    votes[i] = (uint8_t)(4 + 2 * straight + diagonal);
  }
}

static const ck_overlay_kernels portable = {blend8_portable, blend16_portable, tint8_portable,
                                            tint16_portable, votes_portable};

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))

// ---- AVX2

AVX2 static void blend8_avx2(uint8_t *dst, const uint8_t *src, const uint16_t *keep,
                             const uint16_t *add, size_t count) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m256i s = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(src + i)));
    __m256i k = _mm256_loadu_si256((const __m256i *)(keep + i));
    __m256i a = _mm256_loadu_si256((const __m256i *)(add + i));
    __m256i o = _mm256_srli_epi16(_mm256_add_epi16(_mm256_mullo_epi16(s, k), a), 8);
    _mm_storeu_si128((__m128i *)(dst + i),
                     _mm_packus_epi16(_mm256_castsi256_si128(o), _mm256_extracti128_si256(o, 1)));
  }
  blend8_portable(dst + i, src + i, keep + i, add + i, count - i);
}

AVX2 static void blend16_avx2(uint16_t *dst, const uint16_t *src, const uint32_t *keep,
                              const uint32_t *add, int shift, size_t count) {
  __m128i by = _mm_cvtsi32_si128(shift);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i raw = _mm_srl_epi16(_mm_loadu_si128((const __m128i *)(src + i)), by);
    __m256i s = _mm256_cvtepu16_epi32(raw);
    __m256i k = _mm256_loadu_si256((const __m256i *)(keep + i));
    __m256i a = _mm256_loadu_si256((const __m256i *)(add + i));
    __m256i o = _mm256_srli_epi32(_mm256_add_epi32(_mm256_mullo_epi32(s, k), a), 15);
    __m128i p = _mm_packus_epi32(_mm256_castsi256_si128(o), _mm256_extracti128_si256(o, 1));
    _mm_storeu_si128((__m128i *)(dst + i), _mm_sll_epi16(p, by));
  }
  blend16_portable(dst + i, src + i, keep + i, add + i, shift, count - i);
}

AVX2 static void tint8_avx2(uint8_t *samples, const uint8_t *coverage, unsigned even, unsigned odd,
                            size_t count) {
  __m256i target = _mm256_set1_epi32((int)(even | odd << 16)), one = _mm256_set1_epi16(256);
  __m256i half = _mm256_set1_epi16(128);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m128i raw = _mm_loadu_si128((const __m128i *)(coverage + i));
    if (_mm_testz_si128(raw, raw)) continue;
    __m256i c = _mm256_cvtepu8_epi16(raw);
    __m256i s = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(samples + i)));
    __m256i w = _mm256_add_epi16(c, _mm256_srli_epi16(c, 7));
    __m256i o = _mm256_add_epi16(_mm256_mullo_epi16(s, _mm256_sub_epi16(one, w)),
                                 _mm256_mullo_epi16(target, w));
    o = _mm256_srli_epi16(_mm256_add_epi16(o, half), 8);
    _mm_storeu_si128((__m128i *)(samples + i),
                     _mm_packus_epi16(_mm256_castsi256_si128(o), _mm256_extracti128_si256(o, 1)));
  }
  tint8_portable(samples + i, coverage + i, even, odd, count - i);
}

AVX2 static void tint16_avx2(uint16_t *samples, const uint8_t *coverage, unsigned even,
                             unsigned odd, int shift, size_t count) {
  __m128i by = _mm_cvtsi32_si128(shift);
  __m256i target = _mm256_set1_epi64x((long long)(even | (uint64_t)odd << 32)),
          one = _mm256_set1_epi32(32768);
  __m256i half = _mm256_set1_epi32(16384);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i raw = _mm_loadl_epi64((const __m128i *)(coverage + i));
    if (_mm_testz_si128(raw, raw)) continue;
    __m256i c = _mm256_cvtepu8_epi32(raw);
    __m256i w = _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(c, 7), _mm256_srli_epi32(c, 1)),
                                 _mm256_srli_epi32(c, 7));
    __m256i s =
        _mm256_cvtepu16_epi32(_mm_srl_epi16(_mm_loadu_si128((const __m128i *)(samples + i)), by));
    __m256i o = _mm256_add_epi32(_mm256_mullo_epi32(s, _mm256_sub_epi32(one, w)),
                                 _mm256_mullo_epi32(target, w));
    o = _mm256_srli_epi32(_mm256_add_epi32(o, half), 15);
    __m128i p = _mm_packus_epi32(_mm256_castsi256_si128(o), _mm256_extracti128_si256(o, 1));
    _mm_storeu_si128((__m128i *)(samples + i), _mm_sll_epi16(p, by));
  }
  tint16_portable(samples + i, coverage + i, even, odd, shift, count - i);
}

AVX2 static inline __m256i same_avx2(const uint16_t *row, __m256i label) {
  return _mm256_cmpeq_epi16(_mm256_loadu_si256((const __m256i *)row), label);
}

AVX2 static void votes_avx2(uint8_t *votes, const uint16_t *above, const uint16_t *row,
                            const uint16_t *below, size_t count) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m256i l = _mm256_loadu_si256((const __m256i *)(row + i));
    // A comparison gives -1 where the labels agree.
    __m256i straight =
        _mm256_add_epi16(_mm256_add_epi16(same_avx2(above + i, l), same_avx2(below + i, l)),
                         _mm256_add_epi16(same_avx2(row + i - 1, l), same_avx2(row + i + 1, l)));
    __m256i diagonal = _mm256_add_epi16(
        _mm256_add_epi16(same_avx2(above + i - 1, l), same_avx2(above + i + 1, l)),
        _mm256_add_epi16(same_avx2(below + i - 1, l), same_avx2(below + i + 1, l)));
    __m256i sum = _mm256_add_epi16(_mm256_slli_epi16(straight, 1), diagonal);
    __m256i v = _mm256_sub_epi16(_mm256_set1_epi16(4), sum);
    _mm_storeu_si128((__m128i *)(votes + i),
                     _mm_packus_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
  }
  votes_portable(votes + i, above + i, row + i, below + i, count - i);
}

static const ck_overlay_kernels avx2 = {blend8_avx2, blend16_avx2, tint8_avx2, tint16_avx2,
                                        votes_avx2};

// ---- AVX-512: the tail is the same code under a mask

AVX512 static inline __mmask32 lanes32(size_t left) {
  return left >= 32 ? ~(__mmask32)0 : ((__mmask32)1 << left) - 1;
}

AVX512 static inline __mmask16 lanes16(size_t left) {
  return left >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << left) - 1);
}

AVX512 static void blend8_avx512(uint8_t *dst, const uint8_t *src, const uint16_t *keep,
                                 const uint16_t *add, size_t count) {
  for (size_t i = 0; i < count; i += 32) {
    __mmask32 m = lanes32(count - i);
    __m512i s = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(m, src + i));
    __m512i k = _mm512_maskz_loadu_epi16(m, keep + i);
    __m512i a = _mm512_maskz_loadu_epi16(m, add + i);
    __m512i o = _mm512_srli_epi16(_mm512_add_epi16(_mm512_mullo_epi16(s, k), a), 8);
    _mm256_mask_storeu_epi8(dst + i, m, _mm512_cvtepi16_epi8(o));
  }
}

AVX512 static void blend16_avx512(uint16_t *dst, const uint16_t *src, const uint32_t *keep,
                                  const uint32_t *add, int shift, size_t count) {
  __m128i by = _mm_cvtsi32_si128(shift);
  for (size_t i = 0; i < count; i += 16) {
    __mmask16 m = lanes16(count - i);
    __m512i s = _mm512_srl_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(m, src + i)), by);
    __m512i k = _mm512_maskz_loadu_epi32(m, keep + i);
    __m512i a = _mm512_maskz_loadu_epi32(m, add + i);
    __m512i o = _mm512_srli_epi32(_mm512_add_epi32(_mm512_mullo_epi32(s, k), a), 15);
    _mm256_mask_storeu_epi16(dst + i, m, _mm512_cvtepi32_epi16(_mm512_sll_epi32(o, by)));
  }
}

AVX512 static void tint8_avx512(uint8_t *samples, const uint8_t *coverage, unsigned even,
                                unsigned odd, size_t count) {
  __m512i target = _mm512_set1_epi32((int)(even | odd << 16)), one = _mm512_set1_epi16(256);
  __m512i half = _mm512_set1_epi16(128);
  for (size_t i = 0; i < count; i += 32) {
    __m256i raw = _mm256_maskz_loadu_epi8(lanes32(count - i), coverage + i);
    __mmask32 m = _mm256_test_epi8_mask(raw, raw);
    if (m == 0) continue;
    __m512i c = _mm512_cvtepu8_epi16(raw);
    __m512i s = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(m, samples + i));
    __m512i w = _mm512_add_epi16(c, _mm512_srli_epi16(c, 7));
    __m512i o = _mm512_add_epi16(_mm512_mullo_epi16(s, _mm512_sub_epi16(one, w)),
                                 _mm512_mullo_epi16(target, w));
    o = _mm512_srli_epi16(_mm512_add_epi16(o, half), 8);
    _mm256_mask_storeu_epi8(samples + i, m, _mm512_cvtepi16_epi8(o));
  }
}

AVX512 static void tint16_avx512(uint16_t *samples, const uint8_t *coverage, unsigned even,
                                 unsigned odd, int shift, size_t count) {
  __m128i by = _mm_cvtsi32_si128(shift);
  __m512i target = _mm512_set1_epi64((long long)(even | (uint64_t)odd << 32)),
          one = _mm512_set1_epi32(32768);
  __m512i half = _mm512_set1_epi32(16384);
  for (size_t i = 0; i < count; i += 16) {
    __m128i raw = _mm_maskz_loadu_epi8(lanes16(count - i), coverage + i);
    __mmask16 m = _mm_test_epi8_mask(raw, raw);
    if (m == 0) continue;
    __m512i c = _mm512_cvtepu8_epi32(raw);
    __m512i w = _mm512_add_epi32(_mm512_add_epi32(_mm512_slli_epi32(c, 7), _mm512_srli_epi32(c, 1)),
                                 _mm512_srli_epi32(c, 7));
    __m512i s =
        _mm512_srl_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(m, samples + i)), by);
    __m512i o = _mm512_add_epi32(_mm512_mullo_epi32(s, _mm512_sub_epi32(one, w)),
                                 _mm512_mullo_epi32(target, w));
    o = _mm512_srli_epi32(_mm512_add_epi32(o, half), 15);
    _mm256_mask_storeu_epi16(samples + i, m, _mm512_cvtepi32_epi16(_mm512_sll_epi32(o, by)));
  }
}

AVX512 static inline __m512i plus_same_avx512(__m512i sum, __mmask32 lanes, const uint16_t *row,
                                              __m512i label, int weight) {
  __mmask32 same = _mm512_mask_cmpeq_epi16_mask(lanes, _mm512_maskz_loadu_epi16(lanes, row), label);
  return _mm512_mask_add_epi16(sum, same, sum, _mm512_set1_epi16((short)weight));
}

AVX512 static void votes_avx512(uint8_t *votes, const uint16_t *above, const uint16_t *row,
                                const uint16_t *below, size_t count) {
  for (size_t i = 0; i < count; i += 32) {
    __mmask32 m = lanes32(count - i);
    __m512i l = _mm512_maskz_loadu_epi16(m, row + i);
    __m512i v = _mm512_set1_epi16(4);
    v = plus_same_avx512(v, m, above + i, l, 2);
    v = plus_same_avx512(v, m, below + i, l, 2);
    v = plus_same_avx512(v, m, row + i - 1, l, 2);
    v = plus_same_avx512(v, m, row + i + 1, l, 2);
    v = plus_same_avx512(v, m, above + i - 1, l, 1);
    v = plus_same_avx512(v, m, above + i + 1, l, 1);
    v = plus_same_avx512(v, m, below + i - 1, l, 1);
    v = plus_same_avx512(v, m, below + i + 1, l, 1);
    _mm256_mask_storeu_epi8(votes + i, m, _mm512_cvtepi16_epi8(v));
  }
}

static const ck_overlay_kernels avx512 = {blend8_avx512, blend16_avx512, tint8_avx512,
                                          tint16_avx512, votes_avx512};
#endif

const ck_overlay_kernels *ck_overlay(ck_isa isa) {
#if defined(__x86_64__)
  if (isa >= CK_ISA_AVX512) return &avx512;
  if (isa >= CK_ISA_AVX2) return &avx2;
#endif
  (void)isa;
  return &portable;
}
