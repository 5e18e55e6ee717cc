// Kernels that draw a panoptic map onto rows of samples.
//
// The map is looked at in quads: quad q of a row lies between the centres of map pixels q and
// q + 1, so every sample of a plane falls into one quad, where the four corners' labels decide.
// Quads whose corners agree are filled; in the others the boundary is found from signed distances
// at the corners, interpolated bilinearly, which gives smooth anti-aliased edges at any
// magnification. The result for a row is a pair (keep, add) per sample:
//
//   out = (source * keep + add) >> 8     8-bit samples,  keep = 256 * (1 - opacity)
//   out = (source * keep + add) >> 15    deeper samples, keep = 32768 * (1 - opacity)
//
// with add = opacity * colour in the same units, rounding included.
#ifndef DLVIDEO_CK_OVERLAY_H
#define DLVIDEO_CK_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

/// Row kernels, one table an instruction set; all versions give the same bits.
typedef struct {
  /// dst[i] = (src[i] * keep[i] + add[i]) >> 8
  void (*blend8)(uint8_t *dst, const uint8_t *src, const uint16_t *keep, const uint16_t *add,
                 size_t count);
  /// dst[i] = ((src[i] >> shift) * keep[i] + add[i]) >> 15 << shift
  void (*blend16)(uint16_t *dst, const uint16_t *src, const uint32_t *keep, const uint32_t *add,
                  int shift, size_t count);
  /// samples[i] moves towards `even` or `odd` (by i) by w / 256, rounded, where
  /// w = coverage[i] + (coverage[i] >> 7).
  void (*tint8)(uint8_t *samples, const uint8_t *coverage, unsigned even, unsigned odd,
                size_t count);
  /// The same for deeper samples, w / 32768 with w = coverage * 128 + coverage / 2 + coverage /
  /// 128; `colour` is not shifted.
  void (*tint16)(uint16_t *samples, const uint8_t *coverage, unsigned even, unsigned odd, int shift,
                 size_t count);
  /// How much of a pixel's 3x3 neighbourhood has its label, by the weights 1 2 1 / 2 4 2 / 1 2 1:
  /// 4...16. Reads columns -1...count of the three rows.
  void (*votes)(uint8_t *votes, const uint16_t *above, const uint16_t *row, const uint16_t *below,
                size_t count);
} ck_overlay_kernels;

/// The kernels for `isa`, which must be one that this CPU has (see ck_isa_active).
const ck_overlay_kernels *ck_overlay(ck_isa isa);

/// What is laid over a sample: keep, then add for Y, U and V.
typedef float ck_overlay_paint __attribute__((vector_size(16)));

/// How one segment is painted; `stroke` is the line along its inner edge.
typedef struct {
  ck_overlay_paint fill;
  ck_overlay_paint stroke;
  bool has_stroke;
} ck_overlay_segment;

/// Quads [begin, end) of a row: either all filled by `label`, or boundaries, in `edges` from
/// `first_edge` on.
typedef struct {
  uint16_t begin, end;
  uint16_t label;
  bool is_edge;
  uint32_t first_edge;
} ck_overlay_span;

/// A quad with a boundary in it. Corners: top left, top right, bottom left, bottom right.
typedef struct {
  /// Luma samples to the boundary: of label a, positive inside it (two labels), or of each
  /// corner's own label (more than two).
  float distance[4];
  uint16_t label[4];
  uint16_t a, b;
  bool is_two;
} ck_overlay_edge;

/// Two rows of padded map pixels (labels and votes) and the `quads` between them.
typedef struct {
  const uint16_t *top, *bottom;
  const uint8_t *votes_top, *votes_bottom;
  size_t quads;
  const ck_overlay_segment *segments;
  /// Distance to the boundary by votes, in luma samples (17 entries).
  const float *distances;
  /// Width of the stroke in luma samples.
  float stroke_width;
} ck_overlay_quad_row;

/// Divides a row of quads into spans; `spans` has room for quads + 1, `edges` for quads.
/// Returns the number of spans.
size_t ck_overlay_trace(const ck_overlay_quad_row *row, ck_overlay_span *spans,
                        ck_overlay_edge *edges);

/// Where a row of a plane's samples lies among the quads.
typedef struct {
  /// First sample of each quad, and behind the last one the number of samples.
  const uint16_t *columns;
  /// Of each sample: its place within its quad, 0...1.
  const float *across;
  /// Of the row, 0...1.
  float down;
  /// Luma samples a sample of this plane is wide.
  float sample_width;
} ck_overlay_row;

/// Computes (keep, add) of a row from its quads' spans. `add` gets the component `component`
/// (0 Y, 1 U, 2 V) and `add_next`, where it is not null, the one after it.
void ck_overlay_row8(const ck_overlay_quad_row *quads, const ck_overlay_span *spans, size_t count,
                     const ck_overlay_edge *edges, const ck_overlay_row *row, int component,
                     uint16_t *keep, uint16_t *add, uint16_t *add_next);
void ck_overlay_row16(const ck_overlay_quad_row *quads, const ck_overlay_span *spans, size_t count,
                      const ck_overlay_edge *edges, const ck_overlay_row *row, int component,
                      uint32_t *keep, uint32_t *add, uint32_t *add_next);

/// Makes rows for interleaved samples, (keep, keep) and (u, v), of `count` pairs.
void ck_overlay_interleave8(const uint16_t *keep, const uint16_t *u, const uint16_t *v,
                            uint16_t *keep_pairs, uint16_t *add_pairs, size_t count);
void ck_overlay_interleave16(const uint32_t *keep, const uint32_t *u, const uint32_t *v,
                             uint32_t *keep_pairs, uint32_t *add_pairs, size_t count);

#endif
