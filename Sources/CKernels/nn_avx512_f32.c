#if defined(__x86_64__)
#include <immintrin.h>

#include "nn_internal.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define ELEMENT float
#define NAME(x) avx512_f32_##x
#define LOAD(p, mask) _mm512_maskz_loadu_ps(mask, p)
#define STORE(p, mask, v) _mm512_mask_storeu_ps(p, mask, v)
#define FACTOR float
#define WIDE_STEP 1
#define BROADCAST(p) _mm512_set1_ps(*(p))
#define DOT(sum, x, b) _mm512_fmadd_ps(x, b, sum)

#include "nn_avx512_gemm.inc"
#include "nn_gemm_direct.inc"

#define LANES 16
#define STORE_ALL(p, v) _mm512_storeu_ps(p, v)
#include "nn_avx512_filters.inc"
#include "nn_strassen.inc"

const ck_nn ck_nn_f32_avx512 = {.name = "f32-avx512",
                                .isa = CK_ISA_AVX512,
                                .element_size = sizeof(float),
                                .fetches = true,
                                .packed_size = ck_packed_size_f32,
                                .pack = ck_pack_f32,
                                .gemm = avx512_f32_gemm,
                                .gemm_float_out = avx512_f32_gemm_float_out,
                                .packed_depthwise_size = ck_packed_depthwise_size_f32,
                                .pack_depthwise = ck_pack_depthwise_f32,
                                .depthwise = avx512_f32_depthwise,
                                .stem = avx512_f32_stem,
                                .accumulate = avx512_f32_accumulate,
                                .from_float = avx512_f32_narrow,
                                .to_float = avx512_f32_widen,
                                .strassen_sums = avx512_f32_strassen_sums,
                                .strassen_added = avx512_f32_strassen_added,
                                .strassen_last = avx512_f32_strassen_last,
                                .winograd_input = avx512_f32_winograd_input,
                                .winograd_rows = avx512_f32_winograd_rows};
#endif
