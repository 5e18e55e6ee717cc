// Kernels of grouping and fusion: class maps, votes, smoothing, assignment.
//
// Maps of heads are NHWC with one picture; cell (i, j) stands at (4j + 1.5, 4i + 1.5) in pixels
// of the network input. All versions of a kernel give the same bits, except where it says so.
#ifndef DLVIDEO_CK_PANOPTIC_H
#define DLVIDEO_CK_PANOPTIC_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

enum {
  CK_KEYPOINTS = 5,            ///< four corners of the box and the centre of mass
  CK_NO_INSTANCE = 0xFFFF,     ///< a cell that belongs to no instance
  CK_MIXED_CELLS = 0xFFFE,     ///< the four cells around a block belong to different instances
  CK_CLASS_ROW_LEAD = 2,       ///< bytes before the first pixel in a row of classes
  CK_PLANE_SLACK = 2 + 2 * 16  ///< floats that a plane of a row has beyond its cells
};

/// A field of (dx, dy) offsets, one keypoint's channel pair of a head.
typedef struct {
  const float *base;       ///< cell (0, 0)'s dx of keypoint 0; dy follows, then the next keypoint
  ptrdiff_t pixel_stride;  ///< floats from cell to cell
  ptrdiff_t row_stride;    ///< floats from row to row
  int height, width;       ///< cells
} ck_offset_field;

/// A score map of Hough votes: bins two pixels apart, bin (r, c) at
/// (2 (c - margin) + 0.5, 2 (r - margin) + 0.5). The outermost `guard` rows and columns take no
/// votes, so that a smoothing of that radius reads zeros there.
typedef struct {
  float *bins;        ///< rows * stride, and `guard` more floats, all zero, before and behind
  int rows, columns;  ///< margins included
  int stride;         ///< floats from row to row; those beyond `columns` stay zero
  int margin, guard;
} ck_score_map;

/// A local maximum of a score map.
typedef struct {
  float score;
  uint32_t bin;  ///< row * stride + column
} ck_peak;

/// An instance as the assignment of cells sees it.
typedef struct {
  float x[CK_KEYPOINTS], y[CK_KEYPOINTS];
  float inverse_scale_squared;  ///< 1 / (5 scale^2): makes a sum of squares a mean, relative
} ck_instance;

typedef struct {
  /// The likeliest class of `count` cells and its probability (softmax; to 1e-5 between versions).
  void (*classify)(const float *logits, ptrdiff_t pixel_stride, int count, int classes,
                   uint8_t *class_index, float *probability);

  /// One row of logits into planes: plane[c * plane_stride + 1 + j], its first and last cell
  /// repeated outwards; plane_stride >= width + CK_PLANE_SLACK.
  void (*make_planes)(const float *logits, ptrdiff_t pixel_stride, int width, int classes,
                      float *planes, int plane_stride);

  /// out[k] = a[k] + t (b[k] - a[k])
  void (*blend)(const float *a, const float *b, float t, int count, float *out);

  /// The class of every pixel of a row: bilinear between the cells, then argmax, the lower class
  /// where two are equal. Pixel x goes to out[x + CK_CLASS_ROW_LEAD]; writes
  /// 4 * (width + 1) bytes rounded up to 64.
  void (*argmax_row)(const float *planes, int plane_stride, int width, int classes, uint8_t *out);

  /// Where the long-range offsets of the listed cells (row * width + column) point after
  /// `rounds` corrections by the short-range field: targets[(2k) * target_stride + n] is x of
  /// keypoint k for cell n, and [(2k + 1) * ...] y.
  void (*refine)(const ck_offset_field *long_range, const ck_offset_field *short_range,
                 const uint32_t *cells, int count, int keypoints, int rounds, float *targets,
                 int target_stride);

  /// Smooths the bins in place by the symmetric taps[0...radius], radius <= guard, in both
  /// directions; `scratch` is laid out as `bins`, its guards zero; `used_rows` has room for
  /// 2 * rows flags.
  void (*smooth)(const ck_score_map *map, const float *taps, int radius, float *scratch,
                 uint8_t *used_rows);

  /// The local maxima (of 3 x 3 bins, the first in row order where equal) of at least
  /// `threshold`, in row order; returns how many, never more than `capacity`.
  int (*find_peaks)(const ck_score_map *map, float threshold, ck_peak *peaks, int capacity);

  /// Of `count` candidates the one whose keypoints are nearest to `target` (x, y pairs apart by
  /// `target_stride`), and that distance squared; the first in the list where equal.
  int (*nearest)(const float *target, int target_stride, const ck_instance *instances,
                 const uint16_t *candidates, int count, float *distance_squared);

  /// Of `count` points the one nearest to (x, y), the first where equal.
  int (*nearest_point)(float x, float y, const float *xs, const float *ys, int count);
} ck_panoptic_kernels;

/// The kernels of a level; of the highest below it that has its own version.
const ck_panoptic_kernels *ck_panoptic(ck_isa isa);

/// (dx, dy) of keypoint k, bilinear at (x, y), the border cells repeated outwards.
void ck_sample_offset(const ck_offset_field *field, int k, float x, float y, float *dx, float *dy);

/// Each cell casts its heatmap probability (if it is at least `minimum`) times `weight` at
/// x + S_k(x), for every keypoint; maps[k] takes keypoint k.
void ck_cast_short_range(const float *heatmap, ptrdiff_t pixel_stride, ptrdiff_t row_stride,
                         const ck_offset_field *short_range, float minimum, float weight,
                         ck_score_map *maps);

/// Each of the cells casts `weight` / (area of the box that it points at, at least
/// `minimum_area`) at its targets.
void ck_cast_long_range(const float *targets, int target_stride, int count, float weight,
                        float minimum_area, ck_score_map *maps);

/// For four rows of pixels between two rows of cells: blocks[j + 1] is the instance that the
/// cells j and j + 1 of both rows share, or CK_MIXED_CELLS; j from -1 to width - 1.
void ck_block_instances(const uint16_t *row0, const uint16_t *row1, int width, uint16_t *blocks);

/// One row's labels where they are plain: a stuff pixel gets its class, a thing pixel `classes` +
/// the block's instance, and histogram[instance * classes + class] counts it. A thing pixel of a
/// mixed block or of none gets CK_MIXED_CELLS. Returns how many of those there are.
int ck_label_row(const uint8_t *class_row, const uint16_t *blocks, const uint8_t *is_thing,
                 int width, int classes, uint16_t *labels, uint32_t *histogram);

/// The end of the run of equal labels that begins at `start`.
int ck_run_end(const uint16_t *labels, int start, int count);

#endif
