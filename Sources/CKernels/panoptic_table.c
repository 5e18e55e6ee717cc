#include "panoptic_portable.h"

static const ck_panoptic_kernels portable = {
    .classify = ck_classify_portable,
    .make_planes = ck_make_planes_portable,
    .blend = ck_blend_portable,
    .argmax_row = ck_argmax_row_portable,
    .refine = ck_refine_portable,
    .smooth = ck_smooth_portable,
    .find_peaks = ck_find_peaks_portable,
    .nearest = ck_nearest_portable,
    .nearest_point = ck_nearest_point_portable,
};

const ck_panoptic_kernels *ck_panoptic(ck_isa isa) {
#if defined(__x86_64__)
  if (isa >= CK_ISA_AVX512) return &ck_panoptic_avx512;
  if (isa >= CK_ISA_AVX2) return &ck_panoptic_avx2;
#endif
  (void)isa;
  return &portable;
}
