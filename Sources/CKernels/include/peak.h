// What a core can do at most: multiply-adds in registers, and reading memory.
#ifndef DLVIDEO_CK_PEAK_H
#define DLVIDEO_CK_PEAK_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

/// Arithmetic with a peak of its own.
typedef enum {
  CK_PEAK_FP32,  ///< multiply-add of floats
  CK_PEAK_BF16,  ///< products of bfloat16 pairs added to floats
  CK_PEAK_INT8,  ///< products of 8-bit quadruples added to 32-bit integers
} ck_peak_kind;

/// Does `rounds` rounds of multiply-adds that depend on nothing but themselves, as many at a time
/// as the registers hold, and returns how many multiplications and additions that were; 0 where
/// the level has no instruction for that arithmetic.
uint64_t ck_peak_compute(ck_isa isa, ck_peak_kind kind, uint64_t rounds);

/// Reads `bytes` (a multiple of 512) once from front to back.
void ck_peak_read(ck_isa isa, const void *memory, size_t bytes);

#endif
