#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define ELEMENT float
#define NAME(x) avx512_f32_##x
#define LOAD(p, mask) _mm512_maskz_loadu_ps(mask, p)
#define STORE(p, mask, v) _mm512_mask_storeu_ps(p, mask, v)
#define WIDE_STEP 1
#define BROADCAST(p) _mm512_set1_ps(*(p))
#define DOT(sum, x, b) _mm512_fmadd_ps(x, b, sum)

#include "nn_avx512.inc"

const ck_nn ck_nn_f32_avx512 = {"f32-avx512",
                                CK_ISA_AVX512,
                                sizeof(float),
                                ck_packed_size_f32,
                                ck_pack_f32,
                                avx512_f32_gemm,
                                avx512_f32_gemm_float_out,
                                avx512_f32_depthwise,
                                avx512_f32_stem,
                                avx512_f32_accumulate,
                                avx512_f32_narrow,
                                avx512_f32_widen};
#endif
