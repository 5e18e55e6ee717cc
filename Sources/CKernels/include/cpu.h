// Which instruction sets the kernels may use on this CPU.
#ifndef DLVIDEO_CK_CPU_H
#define DLVIDEO_CK_CPU_H

#include <stdbool.h>
#include <stddef.h>

/// Ordered: each level includes the ones before it.
typedef enum {
  CK_ISA_PORTABLE = 0,
  CK_ISA_AVX2 = 1,       ///< AVX2, FMA, F16C
  CK_ISA_AVX512 = 2,     ///< AVX-512 F, BW, DQ, VL
  CK_ISA_AVX512_DL = 3,  ///< and AVX512_VNNI, AVX512_BF16
  CK_ISA_AMX = 4,        ///< and AMX_TILE, AMX_BF16, AMX_INT8, granted by the operating system
} ck_isa;

/// The highest level that this CPU and operating system offer.
ck_isa ck_isa_detected(void);

/// The level in use: the detected one, or a lower one that the environment
/// variable DLVIDEO_ISA (portable, avx2, avx512, avx512-dl, amx) asks for.
ck_isa ck_isa_active(void);

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
