#include "nn_internal.h"

const ck_nn *ck_nn_f32(ck_isa isa) {
#if defined(__x86_64__)
  if (isa >= CK_ISA_AVX512) return &ck_nn_f32_avx512;
  if (isa >= CK_ISA_AVX2) return &ck_nn_f32_avx2;
#endif
  (void)isa;
  return &ck_nn_f32_portable;
}

const ck_nn *ck_nn_bf16(ck_isa isa) {
#if defined(__x86_64__)
  if (isa >= CK_ISA_AMX) return &ck_nn_bf16_amx;
  if (isa >= CK_ISA_AVX512_DL) return &ck_nn_bf16_avx512_dl;
  if (isa >= CK_ISA_AVX512) return &ck_nn_bf16_avx512;
  if (isa >= CK_ISA_AVX2) return &ck_nn_bf16_avx2;
#endif
  (void)isa;
  return &ck_nn_bf16_portable;
}

const ck_nn *ck_nn_i8(ck_isa isa) {
#if defined(__x86_64__)
  if (isa >= CK_ISA_AMX) return &ck_nn_i8_amx;
  if (isa >= CK_ISA_AVX512_VNNI) return &ck_nn_i8_avx512;
  if (isa == CK_ISA_AVX2_VNNI) return &ck_nn_i8_avx2_vnni;
  if (isa >= CK_ISA_AVX2) return &ck_nn_i8_avx2;
#endif
  (void)isa;
  return &ck_nn_i8_portable;
}
