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

static const char *const names[] = {"portable",    "avx2",      "avx2-vnni", "avx512",
                                    "avx512-vnni", "avx512-dl", "amx"};

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

bool ck_isa_is_offered(ck_isa isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();  // also asks the operating system whether it saves the registers
#define HAS(FEATURE) __builtin_cpu_supports(FEATURE)
  switch (isa) {
    case CK_ISA_PORTABLE:
      return true;
    case CK_ISA_AVX2:
      return HAS("avx2") && HAS("fma") && HAS("f16c");
    case CK_ISA_AVX2_VNNI:
      return ck_isa_is_offered(CK_ISA_AVX2) && HAS("avxvnni");
    case CK_ISA_AVX512:
      return ck_isa_is_offered(CK_ISA_AVX2) && HAS("avx512f") && HAS("avx512bw") &&
             HAS("avx512dq") && HAS("avx512vl");
    case CK_ISA_AVX512_VNNI:
      return ck_isa_is_offered(CK_ISA_AVX512) && HAS("avx512vnni");
    case CK_ISA_AVX512_DL:
      return ck_isa_is_offered(CK_ISA_AVX512_VNNI) && HAS("avx512bf16");
    case CK_ISA_AMX:
#if defined(__linux__)
      return ck_isa_is_offered(CK_ISA_AVX512_DL) && amx_is_granted();
#else
      return false;
#endif
  }
#undef HAS
#endif
  return isa == CK_ISA_PORTABLE;
}

ck_isa ck_isa_detected(void) {
  ck_isa isa = CK_ISA_AMX;
  while (!ck_isa_is_offered(isa)) isa--;
  return isa;
}

// What the environment asks for; NULL for nothing.
static const char *wanted_name(void) {
  const char *wanted = getenv("DLVIDEO_ISA");
  return wanted && *wanted ? wanted : NULL;
}

// Whether that is a level's name and offered.
static bool find_wanted(const char *wanted, ck_isa *found) {
  for (ck_isa isa = CK_ISA_PORTABLE; isa <= CK_ISA_AMX; isa++)
    if (strcmp(wanted, names[isa]) == 0) {
      *found = isa;
      return ck_isa_is_offered(isa);
    }
  return false;
}

ck_isa ck_isa_active(void) {
  const char *wanted = wanted_name();
  ck_isa found;
  return wanted && find_wanted(wanted, &found) ? found : ck_isa_detected();
}

const char *ck_isa_unmet_wish(void) {
  const char *wanted = wanted_name();
  ck_isa found;
  return wanted && !find_wanted(wanted, &found) ? wanted : NULL;
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
