// OpenBLAS, loaded on first use.
//
// Debian's OpenBLAS picks its kernels when it is loaded and falls back to the
// Haswell ones on a CPU it does not know. The choice can be steered only by the
// environment before that moment, so the library is opened here with dlopen
// after the CPU was looked at, instead of being linked.
#ifndef DLVIDEO_COPENBLAS_H
#define DLVIDEO_COPENBLAS_H

#include <stdbool.h>

/// Opens the library once (thread-safe); false when there is none.
bool openblas_load(void);

/// The kernel family in use ("SkylakeX", "Haswell", ...), or NULL when not loaded.
const char *openblas_core_name(void);

/// Row-major C[m][n] = A[m][k] * B[k][n], single thread. Call openblas_load first.
void openblas_sgemm(int m, int n, int k, const float *a, int lda, const float *b, int ldb, float *c,
                    int ldc);

#endif
