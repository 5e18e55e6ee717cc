#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "cpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"portable", "avx2", "avx512", "avx512-dl"};

ck_isa ck_isa_detected(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();  // also asks the operating system whether it saves the registers
  if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
        __builtin_cpu_supports("f16c")))
    return CK_ISA_PORTABLE;
  if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")))
    return CK_ISA_AVX2;
  if (!(__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16")))
    return CK_ISA_AVX512;
  return CK_ISA_AVX512_DL;
#else
  return CK_ISA_PORTABLE;
#endif
}

ck_isa ck_isa_active(void) {
  ck_isa detected = ck_isa_detected();
  const char *wanted = getenv("DLVIDEO_ISA");
  if (wanted)
    for (int i = 0; i < (int)detected; i++)
      if (strcmp(wanted, names[i]) == 0) return (ck_isa)i;
  return detected;
}

const char *ck_isa_name(ck_isa isa) { return names[isa]; }

void ck_name_thread(const char *name) {
#if defined(__linux__)
  char kept[16];
  strncpy(kept, name, sizeof kept - 1);
  kept[sizeof kept - 1] = 0;
  pthread_setname_np(pthread_self(), kept);
#else
  (void)name;
#endif
}
