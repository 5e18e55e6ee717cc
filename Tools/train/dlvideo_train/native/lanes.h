// Vectors of 16 floats, of which maps in bfloat16 are made by cutting off half of the bits.
#pragma once
#include <stdint.h>
#include <string.h>
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

#define LANES 16

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t words __attribute__((vector_size(4 * LANES)));
typedef uint16_t halves __attribute__((vector_size(2 * LANES)));

static inline lanes widen(const uint16_t *p) {
  halves h;
  memcpy(&h, p, sizeof h);
  return (lanes)(__builtin_convertvector(h, words) << 16);
}

// Rounds to the nearest, ties to even.
static inline void narrow(uint16_t *p, lanes v) {
#ifdef __AVX512BF16__
  const __m256bh h = _mm512_cvtneps_pbh((__m512)v);
#else
  const words u = (words)v;
  const halves h = __builtin_convertvector((u + 0x7fff + ((u >> 16) & 1)) >> 16, halves);
#endif
  memcpy(p, &h, sizeof h);
}

static inline lanes choose(words mask, lanes yes, lanes no) {
  return (lanes)((mask & (words)yes) | (~mask & (words)no));
}

static inline lanes clamp(lanes v, lanes low, lanes high) {
#ifdef __AVX512BF16__
  return (lanes)_mm512_min_ps(_mm512_max_ps((__m512)v, (__m512)low), (__m512)high);
#else
  v = choose((words)(v > low), v, low);
  return choose((words)(v < high), v, high);
#endif
}

static inline float widen_one(uint16_t h) {
  const uint32_t bits = (uint32_t)h << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

static inline uint16_t narrow_one(float f) {
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
