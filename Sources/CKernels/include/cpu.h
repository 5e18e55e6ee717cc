// Which instruction sets the kernels may use on this CPU.
#ifndef DLVIDEO_CK_CPU_H
#define DLVIDEO_CK_CPU_H

#include <stdbool.h>
#include <stddef.h>

/// Ordered: each level includes the ones before it, but CK_ISA_AVX2_VNNI, whose instructions CPUs
/// with AVX-512 have or have not.
typedef enum {
  CK_ISA_PORTABLE = 0,
  CK_ISA_AVX2 = 1,         ///< AVX2, FMA, F16C
  CK_ISA_AVX2_VNNI = 2,    ///< and AVX_VNNI
  CK_ISA_AVX512 = 3,       ///< AVX-512 F, BW, DQ, VL
  CK_ISA_AVX512_VNNI = 4,  ///< and AVX512_VNNI
  CK_ISA_AVX512_DL = 5,    ///< and AVX512_BF16
  CK_ISA_AMX = 6,          ///< and AMX_TILE, AMX_BF16, AMX_INT8, granted by the operating system
} ck_isa;

/// The highest level that this CPU and operating system offer.
ck_isa ck_isa_detected(void);

/// Whether they offer this one.
bool ck_isa_is_offered(ck_isa isa);

/// The level in use: the detected one, or another one that is offered and that the environment
/// variable DLVIDEO_ISA (portable, avx2, avx2-vnni, avx512, avx512-vnni, avx512-dl, amx) asks for.
ck_isa ck_isa_active(void);

/// What DLVIDEO_ISA asks for where that is not the level in use, as it is unknown or not offered;
/// else NULL. Programs refuse it before they do anything.
const char *ck_isa_unmet_wish(void);

/// The level's name as DLVIDEO_ISA spells it.
const char *ck_isa_name(ck_isa isa);

/// Names the calling thread for debuggers and profilers (at most 15 characters are kept).
void ck_name_thread(const char *name);

/// Fetches memory that will be read soon into L2, without waiting for it.
static inline void ck_prefetch(const void *from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch((const char *)from + at, 0, 2);
}

/// Tells the CPU that this thread waits in a loop.
static inline void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

#endif
