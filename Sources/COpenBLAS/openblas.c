#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "COpenBLAS.h"

typedef void (*sgemm_function)(int, int, int, int, int, int, float, const float *, int,
                               const float *, int, float, float *, int);
typedef char *(*corename_function)(void);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static sgemm_function sgemm;
static corename_function corename;

static void load(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 0);
#endif
  // The callers split the work themselves.
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
  corename = (corename_function)dlsym(library, "openblas_get_corename");
}

bool openblas_load(void) {
  pthread_once(&once, load);
  return sgemm != NULL;
}

const char *openblas_core_name(void) { return corename ? corename() : NULL; }

void openblas_sgemm(int m, int n, int k, const float *a, int lda, const float *b, int ldb, float *c,
                    int ldc) {
  enum { row_major = 101, no_transpose = 111 };
  sgemm(row_major, no_transpose, no_transpose, m, n, k, 1.0f, a, lda, b, ldb, 0.0f, c, ldc);
}
