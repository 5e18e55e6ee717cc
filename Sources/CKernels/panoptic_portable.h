// The portable versions of the panoptic kernels, for the tables of every level.
#ifndef DLVIDEO_CK_PANOPTIC_PORTABLE_H
#define DLVIDEO_CK_PANOPTIC_PORTABLE_H

#include "panoptic.h"

void ck_classify_portable(const float *logits, ptrdiff_t pixel_stride, int count, int classes,
                          uint8_t *class_index, float *probability);
void ck_make_planes_portable(const float *logits, ptrdiff_t pixel_stride, int width, int classes,
                             float *planes, int plane_stride);
void ck_blend_portable(const float *a, const float *b, float t, int count, float *out);
void ck_argmax_row_portable(const float *planes, int plane_stride, int width, int classes,
                            uint8_t *out);
void ck_refine_portable(const ck_offset_field *long_range, const ck_offset_field *short_range,
                        const uint32_t *cells, int count, int keypoints, int rounds, float *targets,
                        int target_stride);
void ck_smooth_portable(const ck_score_map *map, const float *taps, int radius, float *scratch,
                        uint8_t *used_rows);
int ck_find_peaks_portable(const ck_score_map *map, float threshold, ck_peak *peaks, int capacity);
int ck_nearest_portable(const float *target, int target_stride, const ck_instance *instances,
                        const uint16_t *candidates, int count, float *distance_squared);
int ck_nearest_point_portable(float x, float y, const float *xs, const float *ys, int count);

extern const ck_panoptic_kernels ck_panoptic_avx2;
extern const ck_panoptic_kernels ck_panoptic_avx512;

#endif
