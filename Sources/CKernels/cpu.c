#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "cpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

static const char *const names[] = {"portable", "avx2", "avx512", "avx512-dl", "amx"};

#if defined(__x86_64__) && defined(__linux__)
// Whether this process may use AMX's tiles: the CPU has them with products of bfloat16 and int8,
// and PREFETCHW, which those kernels use too; and Linux grants the 8 KiB of state a thread, which
// it does on request only, for all threads (Documentation/arch/x86/xstate.rst).
static bool amx_is_granted(void) {
  const unsigned bf16 = 1u << 22, tile = 1u << 24, int8 = 1u << 25, all = bf16 | tile | int8;
  const int request_permission = 0x1023, tile_data = 18;
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) && (ecx & 1u << 8) &&
         __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (edx & all) == all &&
         syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}
#endif

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
#if defined(__linux__)
  if (amx_is_granted()) return CK_ISA_AMX;
#endif
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
