#include "nn_internal.h"

#define ELEMENT float
#define TO_FLOAT(x) (x)
#define FROM_FLOAT(x) (x)
#define WEIGHT(packed, panel, k, p, j) \
  (((const float *)(packed))[((panel) * (size_t)(k) + (size_t)(p)) * CK_PANEL + (size_t)(j)])
#define NAME(x) f32_##x
#include "nn_portable.inc"
#undef ELEMENT
#undef TO_FLOAT
#undef FROM_FLOAT
#undef WEIGHT
#undef NAME

#define ELEMENT uint16_t
#define TO_FLOAT(x) bf16_to_float(x)
#define FROM_FLOAT(x) float_to_bf16(x)
#define WEIGHT(packed, panel, k, p, j)                                                          \
  bf16_to_float(                                                                                \
      ((const uint16_t *)(packed))                                                              \
          [(((panel) * (size_t)(((k) + 1) / 2) + (size_t)((p) / 2)) * CK_PANEL + (size_t)(j)) * \
               2 +                                                                              \
           (size_t)((p) % 2)])
#define NAME(x) bf16_##x
#include "nn_portable.inc"

const ck_nn ck_nn_f32_portable = {
    "f32-portable",     CK_ISA_PORTABLE, sizeof(float), ck_packed_size_f32, ck_pack_f32, f32_gemm,
    f32_gemm_float_out, f32_depthwise,   f32_stem,      f32_accumulate,     f32_narrow,  f32_widen};

const ck_nn ck_nn_bf16_portable = {"bf16-portable",     CK_ISA_PORTABLE, sizeof(uint16_t),
                                   ck_packed_size_bf16, ck_pack_bf16,    bf16_gemm,
                                   bf16_gemm_float_out, bf16_depthwise,  bf16_stem,
                                   bf16_accumulate,     bf16_narrow,     bf16_widen};
