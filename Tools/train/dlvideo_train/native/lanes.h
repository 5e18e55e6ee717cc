// Vectors of floats, and the maps that they come from: of bfloat16, made by cutting off half of the
// bits, or (FLOAT_MAPS) of floats, for CPUs without instructions for bfloat16.
#pragma once
#include <stdint.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

// One register's worth.
#ifdef __AVX512F__
#define LANES 16
#else
#define LANES 8
#endif

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t words __attribute__((vector_size(4 * LANES)));

static inline lanes choose(words mask, lanes yes, lanes no) {
  return (lanes)((mask & (words)yes) | (~mask & (words)no));
}

static inline lanes clamp(lanes v, lanes low, lanes high) {
#if defined(__AVX512F__)
  return (lanes)_mm512_min_ps(_mm512_max_ps((__m512)v, (__m512)low), (__m512)high);
#elif defined(__AVX2__)
  return (lanes)_mm256_min_ps(_mm256_max_ps((__m256)v, (__m256)low), (__m256)high);
#else
  v = choose((words)(v > low), v, low);
  return choose((words)(v < high), v, high);
#endif
}

#ifdef FLOAT_MAPS
typedef float element;

static inline lanes widen(const element *p) {
  lanes v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline void narrow(element *p, lanes v) { memcpy(p, &v, sizeof v); }

static inline float widen_one(element f) { return f; }

static inline element narrow_one(float f) { return f; }
#else
typedef uint16_t element;
typedef uint16_t halves __attribute__((vector_size(2 * LANES)));

static inline lanes widen(const element *p) {
  halves h;
  memcpy(&h, p, sizeof h);
  return (lanes)(__builtin_convertvector(h, words) << 16);
}

// Rounds to the nearest, ties to even.
static inline void narrow(element *p, lanes v) {
#ifdef __AVX512BF16__
  const __m256bh h = _mm512_cvtneps_pbh((__m512)v);
#else
  const words u = (words)v;
  const halves h = __builtin_convertvector((u + 0x7fff + ((u >> 16) & 1)) >> 16, halves);
#endif
  memcpy(p, &h, sizeof h);
}

static inline float widen_one(element h) {
  const uint32_t bits = (uint32_t)h << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

static inline element narrow_one(float f) {
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return (element)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
#endif
