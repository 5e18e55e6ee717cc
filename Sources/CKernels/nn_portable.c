#include "nn_internal.h"

#define ELEMENT float
#define TO_FLOAT(x) (x)
#define FROM_FLOAT(x) (x)
#define WEIGHT(packed, panel, k, p, j) \
  (((const float *)(packed))[((panel) * (size_t)(k) + (size_t)(p)) * CK_PANEL + (size_t)(j)])
#define TAP(group, kernel, padded, ky, kx, c) \
  (((const float *)(group))[(size_t)((ky) * (kernel) + (kx)) * (padded) + (c)])
#define PACKED_DEPTHWISE_SIZE ck_packed_depthwise_size_f32
#define NAME(x) f32_##x
#define TARGET
#include "nn_portable.inc"
#include "nn_strassen.inc"
#undef ELEMENT
#undef TO_FLOAT
#undef FROM_FLOAT
#undef WEIGHT
#undef TAP
#undef PACKED_DEPTHWISE_SIZE
#undef NAME
#undef TARGET

#define ELEMENT uint16_t
#define TO_FLOAT(x) bf16_to_float(x)
#define FROM_FLOAT(x) float_to_bf16(x)
#define WEIGHT(packed, panel, k, p, j)                                                          \
  bf16_to_float(                                                                                \
      ((const uint16_t *)(packed))                                                              \
          [(((panel) * (size_t)(((k) + 1) / 2) + (size_t)((p) / 2)) * CK_PANEL + (size_t)(j)) * \
               2 +                                                                              \
           (size_t)((p) % 2)])
#define TAP(group, kernel, padded, ky, kx, c)                                                   \
  bf16_to_float(                                                                                \
      ((const uint16_t *)(group))[((size_t)((ky) / 2 * (kernel) + (kx)) * (padded) + (c)) * 2 + \
                                  (size_t)((ky) % 2)])
#define PACKED_DEPTHWISE_SIZE ck_packed_depthwise_size_bf16
#define NAME(x) bf16_##x
#include "nn_portable.inc"

#define PORTABLE(ELEMENT_NAME, SIZE, ...)                               \
  const ck_nn ck_nn_##ELEMENT_NAME##_portable = {                       \
      .name = #ELEMENT_NAME "-portable",                                \
      .isa = CK_ISA_PORTABLE,                                           \
      .element_size = SIZE,                                             \
      .packed_size = ck_packed_size_##ELEMENT_NAME,                     \
      .pack = ck_pack_##ELEMENT_NAME,                                   \
      .gemm = ELEMENT_NAME##_gemm,                                      \
      .gemm_float_out = ELEMENT_NAME##_gemm_float_out,                  \
      .packed_depthwise_size = ck_packed_depthwise_size_##ELEMENT_NAME, \
      .pack_depthwise = ck_pack_depthwise_##ELEMENT_NAME,               \
      .depthwise = ELEMENT_NAME##_depthwise,                            \
      .stem = ELEMENT_NAME##_stem,                                      \
      .accumulate = ELEMENT_NAME##_accumulate,                          \
      .from_float = ELEMENT_NAME##_narrow,                              \
      .to_float = ELEMENT_NAME##_widen,                                 \
      __VA_ARGS__}

PORTABLE(f32, sizeof(float), .strassen_sums = f32_strassen_sums,
         .strassen_added = f32_strassen_added, .strassen_last = f32_strassen_last);
PORTABLE(bf16, sizeof(uint16_t), .strassen_sums = NULL);
