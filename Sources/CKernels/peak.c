#include "peak.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "amx_tiles.h"
#endif

// Results go here, so that nothing is left out as unused: each thread has a place of its own.
static _Thread_local volatile float float_sink;
static _Thread_local volatile uint64_t word_sink;

#define FULLY _Pragma("clang loop unroll(full)")

typedef float quad __attribute__((vector_size(16)));

static uint64_t compute_portable(uint64_t rounds) {
  enum { SUMS = 12 };
  quad sums[SUMS] = {{0}};
  quad x = {0.5f, 0.5f, 0.5f, 0.5f}, y = {1, 2, 3, 4};
  for (uint64_t round = 0; round < rounds; round++) {
    FULLY for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * x + y;
  }
  FULLY for (int i = 1; i < SUMS; i++) sums[0] += sums[i];
  float_sink = sums[0][0];
  return rounds * SUMS * 8;
}

static void read_portable(const void *memory, size_t bytes) {
  const uint64_t *words = memory;
  uint64_t sums[4] = {0};
  for (size_t i = 0; i < bytes / 8; i += 4)
    for (int j = 0; j < 4; j++) sums[j] ^= words[i + j];
  word_sink = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
}

#if defined(__x86_64__)

__attribute__((target("avx2,fma"))) static uint64_t compute_avx2(uint64_t rounds) {
  enum { SUMS = 12 };
  __m256 sums[SUMS];
  FULLY for (int i = 0; i < SUMS; i++) sums[i] = _mm256_setzero_ps();
  __m256 x = _mm256_set1_ps(0.5f), y = _mm256_set1_ps(3);
  for (uint64_t round = 0; round < rounds; round++) {
    FULLY for (int i = 0; i < SUMS; i++) sums[i] = _mm256_fmadd_ps(sums[i], x, y);
  }
  FULLY for (int i = 1; i < SUMS; i++) sums[0] = _mm256_add_ps(sums[0], sums[i]);
  float_sink = _mm256_cvtss_f32(sums[0]);
  return rounds * SUMS * 16;
}

// Products of pairs of 16-bit numbers: those of bytes are cut off at 16 bits.
__attribute__((target("avx2"))) static uint64_t compute_int8_avx2(uint64_t rounds) {
  enum { SUMS = 12 };
  __m256i sums[SUMS];
  FULLY for (int i = 0; i < SUMS; i++) sums[i] = _mm256_setzero_si256();
  __m256i x = _mm256_set1_epi16(3), y = _mm256_set1_epi16(1);
  for (uint64_t round = 0; round < rounds; round++) {
    FULLY for (int i = 0; i < SUMS; i++) {
      __m256i factor = x;
      // The compiler must not know that all products are the same.
      __asm__ volatile("" : "+x"(factor));
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(factor, y));
    }
  }
  FULLY for (int i = 1; i < SUMS; i++) sums[0] = _mm256_add_epi32(sums[0], sums[i]);
  word_sink = (uint64_t)_mm256_extract_epi64(sums[0], 0);
  return rounds * SUMS * 32;
}

__attribute__((target("avx2,avxvnni"))) static uint64_t compute_int8_avx2_vnni(uint64_t rounds) {
  enum { SUMS = 12 };
  __m256i sums[SUMS];
  FULLY for (int i = 0; i < SUMS; i++) sums[i] = _mm256_setzero_si256();
  __m256i x = _mm256_set1_epi8(3), y = _mm256_set1_epi8(1);
  for (uint64_t round = 0; round < rounds; round++) {
    FULLY for (int i = 0; i < SUMS; i++) sums[i] = _mm256_dpbusd_avx_epi32(sums[i], x, y);
    // The factors change, so that the sums are no multiple of one product.
    x = _mm256_xor_si256(x, y);
  }
  FULLY for (int i = 1; i < SUMS; i++) sums[0] = _mm256_add_epi32(sums[0], sums[i]);
  word_sink = (uint64_t)_mm256_extract_epi64(sums[0], 0);
  return rounds * SUMS * 64;
}

__attribute__((target("avx2"))) static void read_avx2(const void *memory, size_t bytes) {
  const __m256i *words = memory;
  __m256i sums[8];
  FULLY for (int i = 0; i < 8; i++) sums[i] = _mm256_setzero_si256();
  for (size_t at = 0; at < bytes / 32; at += 8) {
    FULLY for (int i = 0; i < 8; i++) {
      sums[i] = _mm256_xor_si256(sums[i], _mm256_loadu_si256(words + at + i));
    }
  }
  FULLY for (int i = 1; i < 8; i++) sums[0] = _mm256_xor_si256(sums[0], sums[i]);
  word_sink = (uint64_t)_mm256_extract_epi64(sums[0], 0);
}

// 24 sums: more than latency times throughput of any multiply-add so far, and room for factors.
#define WIDE_SUMS 24

__attribute__((target("avx512f"))) static uint64_t compute_avx512(uint64_t rounds) {
  __m512 sums[WIDE_SUMS];
  FULLY for (int i = 0; i < WIDE_SUMS; i++) sums[i] = _mm512_setzero_ps();
  __m512 x = _mm512_set1_ps(0.5f), y = _mm512_set1_ps(3);
  for (uint64_t round = 0; round < rounds; round++) {
    FULLY for (int i = 0; i < WIDE_SUMS; i++) sums[i] = _mm512_fmadd_ps(sums[i], x, y);
  }
  FULLY for (int i = 1; i < WIDE_SUMS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  float_sink = _mm512_cvtss_f32(sums[0]);
  return rounds * WIDE_SUMS * 32;
}

__attribute__((target("avx512f,avx512bf16"))) static uint64_t compute_bf16(uint64_t rounds) {
  __m512 sums[WIDE_SUMS];
  FULLY for (int i = 0; i < WIDE_SUMS; i++) sums[i] = _mm512_setzero_ps();
  // 1.0 and 2^-20 as bfloat16.
  __m512bh x = (__m512bh)_mm512_set1_epi16(0x3f80), y = (__m512bh)_mm512_set1_epi16(0x3580);
  for (uint64_t round = 0; round < rounds; round++) {
    FULLY for (int i = 0; i < WIDE_SUMS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], x, y);
  }
  FULLY for (int i = 1; i < WIDE_SUMS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
  float_sink = _mm512_cvtss_f32(sums[0]);
  return rounds * WIDE_SUMS * 64;
}

__attribute__((target("avx512f,avx512vnni"))) static uint64_t compute_int8(uint64_t rounds) {
  __m512i sums[WIDE_SUMS];
  FULLY for (int i = 0; i < WIDE_SUMS; i++) sums[i] = _mm512_setzero_si512();
  __m512i x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(1);
  for (uint64_t round = 0; round < rounds; round++) {
    FULLY for (int i = 0; i < WIDE_SUMS; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], x, y);
    // The factors change, so that the sums are no multiple of one product.
    x = _mm512_xor_si512(x, y);
  }
  FULLY for (int i = 1; i < WIDE_SUMS; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
  word_sink = (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(sums[0]));
  return rounds * WIDE_SUMS * 128;
}

// Four tiles of sums, as many as products of two by two tiles have.
#define COMPUTE_AMX(NAME, FEATURE, MULTIPLY, UNIT)                                          \
  __attribute__((target("amx-tile," FEATURE))) static uint64_t NAME(uint64_t rounds) {      \
    ck_tile_shapes shapes = {.palette = 1};                                                 \
    for (int tile = 0; tile < 8; tile++) ck_tile_shape(&shapes, tile, AMX_ROWS, AMX_LANES); \
    _tile_loadconfig(&shapes);                                                              \
    for (uint64_t round = 0; round < rounds; round++) {                                     \
      MULTIPLY(0, 4, 6);                                                                    \
      MULTIPLY(1, 4, 7);                                                                    \
      MULTIPLY(2, 5, 6);                                                                    \
      MULTIPLY(3, 5, 7);                                                                    \
    }                                                                                       \
    _tile_release();                                                                        \
    return rounds * 4 * AMX_ROWS * AMX_LANES * AMX_LANES * UNIT * 2;                        \
  }
COMPUTE_AMX(compute_amx_bf16, "amx-bf16", _tile_dpbf16ps, 2)
COMPUTE_AMX(compute_amx_int8, "amx-int8", _tile_dpbusd, 4)

#endif

uint64_t ck_peak_compute(ck_isa isa, ck_peak_kind kind, uint64_t rounds) {
#if defined(__x86_64__)
  if (kind == CK_PEAK_BF16 && isa >= CK_ISA_AMX) return compute_amx_bf16(rounds);
  if (kind == CK_PEAK_INT8 && isa >= CK_ISA_AMX) return compute_amx_int8(rounds);
  if (kind == CK_PEAK_BF16) return isa >= CK_ISA_AVX512_DL ? compute_bf16(rounds) : 0;
  if (kind == CK_PEAK_INT8 && isa >= CK_ISA_AVX512_VNNI) return compute_int8(rounds);
  if (kind == CK_PEAK_INT8 && isa == CK_ISA_AVX2_VNNI) return compute_int8_avx2_vnni(rounds);
  if (kind == CK_PEAK_INT8) return isa >= CK_ISA_AVX2 ? compute_int8_avx2(rounds) : 0;
  if (isa >= CK_ISA_AVX512) return compute_avx512(rounds);
  if (isa >= CK_ISA_AVX2) return compute_avx2(rounds);
#endif
  return kind == CK_PEAK_FP32 ? compute_portable(rounds) : 0;
}

void ck_peak_read(ck_isa isa, const void *memory, size_t bytes) {
#if defined(__x86_64__)
  if (isa >= CK_ISA_AVX2) return read_avx2(memory, bytes);
#endif
  read_portable(memory, bytes);
}
