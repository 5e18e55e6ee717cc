// From two rows of the map to the (keep, add) rows of the samples between them.
#include <string.h>

#include "overlay.h"

static bool all_inner(const uint8_t *a, const uint8_t *b) {
  // Bit 4 is set by 16 only: the whole neighbourhood has one label. Eight quads at a time.
  uint64_t w[4], every = 0x1010101010101010u;
  memcpy(w, a, 8);
  memcpy(w + 1, a + 1, 8);
  memcpy(w + 2, b, 8);
  memcpy(w + 3, b + 1, 8);
  return (w[0] & w[1] & w[2] & w[3] & every) == every;
}

/// Fills in the edge of quad q; false when the quad is of one label and clear of any stroke.
static bool find_edge(const ck_overlay_quad_row *row, size_t q, ck_overlay_edge *edge) {
  const uint16_t label[4] = {row->top[q], row->top[q + 1], row->bottom[q], row->bottom[q + 1]};
  const float distance[4] = {
      row->distances[row->votes_top[q]], row->distances[row->votes_top[q + 1]],
      row->distances[row->votes_bottom[q]], row->distances[row->votes_bottom[q + 1]]};
  uint16_t a = label[0], b = a;
  bool two = true;
  for (int k = 1; k < 4; k++)
    if (label[k] != a) {
      if (b == a) b = label[k];
      two &= label[k] == b;
    }
  if (a == b) {
    if (!row->segments[a].has_stroke) return false;
    float reach = row->stroke_width + 1;
    bool clear = true;
    for (int k = 0; k < 4; k++) clear &= distance[k] >= reach;
    if (clear) return false;
  }
  edge->a = a;
  edge->b = b;
  edge->is_two = two;
  for (int k = 0; k < 4; k++) {
    edge->label[k] = label[k];
    edge->distance[k] = two && label[k] != a ? -distance[k] : distance[k];
  }
  return true;
}

size_t ck_overlay_trace(const ck_overlay_quad_row *row, ck_overlay_span *spans,
                        ck_overlay_edge *edges) {
  size_t count = 0, edge_count = 0, q = 0;
  while (q < row->quads) {
    ck_overlay_span span = {(uint16_t)q, 0, row->top[q], false, (uint32_t)edge_count};
    bool inner = q + 8 <= row->quads && all_inner(row->votes_top + q, row->votes_bottom + q);
    bool is_edge = !inner && find_edge(row, q, edges + edge_count);
    edge_count += is_edge;
    // Neighbouring quads share corners: one fill has one label however far it goes.
    size_t step = inner ? 8 : 1;
    if (count > 0 && spans[count - 1].is_edge == is_edge) {
      spans[count - 1].end = (uint16_t)(q + step);
    } else {
      span.is_edge = is_edge;
      span.end = (uint16_t)(q + step);
      if (is_edge) span.first_edge = (uint32_t)(edge_count - 1);
      spans[count++] = span;
    }
    q += step;
  }
  return count;
}

static inline float clamp01(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

/// The segment's paint at `distance` from its edge.
static inline ck_overlay_paint paint_at(const ck_overlay_segment *segment, float distance,
                                        float stroke_width, float sharpness) {
  if (!segment->has_stroke) return segment->fill;
  float stroke = clamp01(0.5f + (stroke_width - distance) * sharpness);
  return segment->fill + (segment->stroke - segment->fill) * stroke;
}

static inline float bilinear(const float v[4], float x, float y) {
  float top = v[0] + (v[1] - v[0]) * x, bottom = v[2] + (v[3] - v[2]) * x;
  return top + (bottom - top) * y;
}

/// Where three or four labels meet: the nearest label against the second.
static ck_overlay_paint paint_crossing(const ck_overlay_quad_row *quads,
                                       const ck_overlay_edge *edge, float x, float y,
                                       float sharpness) {
  float best = -1e9f, second = -1e9f;
  int best_corner = 0, second_corner = 0;
  for (int k = 0; k < 4; k++) {
    bool seen = false;
    for (int j = 0; j < k; j++) seen |= edge->label[j] == edge->label[k];
    if (seen) continue;
    float signed_distance[4];
    for (int j = 0; j < 4; j++)
      signed_distance[j] =
          edge->label[j] == edge->label[k] ? edge->distance[j] : -edge->distance[j];
    float s = bilinear(signed_distance, x, y);
    if (s > best) {
      second = best;
      second_corner = best_corner;
      best = s;
      best_corner = k;
    } else if (s > second) {
      second = s;
      second_corner = k;
    }
  }
  float margin = 0.5f * (best - second);
  const ck_overlay_segment *a = quads->segments + edge->label[best_corner];
  const ck_overlay_segment *b = quads->segments + edge->label[second_corner];
  ck_overlay_paint inside = paint_at(a, margin, quads->stroke_width, sharpness);
  ck_overlay_paint outside = paint_at(b, -margin, quads->stroke_width, sharpness);
  return outside + (inside - outside) * clamp01(0.5f + margin * sharpness);
}

#define DEFINE_ROW(NAME, WORD)                                                                   \
  static void edge_##NAME(const ck_overlay_quad_row *quads, const ck_overlay_edge *edge,         \
                          const ck_overlay_row *row, size_t begin, size_t end, int component,    \
                          WORD *keep, WORD *add, WORD *add_next) {                               \
    float sharpness = 1 / row->sample_width, width = quads->stroke_width;                        \
    const ck_overlay_segment *a = quads->segments + edge->a, *b = quads->segments + edge->b;     \
    const float *d = edge->distance;                                                             \
    float left = d[0] + (d[2] - d[0]) * row->down, right = d[1] + (d[3] - d[1]) * row->down;     \
    for (size_t x = begin; x < end; x++) {                                                       \
      ck_overlay_paint p;                                                                        \
      if (edge->is_two) {                                                                        \
        float s = left + (right - left) * row->across[x];                                        \
        ck_overlay_paint inside = paint_at(a, s, width, sharpness);                              \
        ck_overlay_paint outside = paint_at(b, -s, width, sharpness);                            \
        p = a == b ? inside : outside + (inside - outside) * clamp01(0.5f + s * sharpness);      \
      } else {                                                                                   \
        p = paint_crossing(quads, edge, row->across[x], row->down, sharpness);                   \
      }                                                                                          \
      keep[x] = (WORD)(int32_t)p[0];                                                             \
      add[x] = (WORD)(int32_t)p[1 + component];                                                  \
      if (add_next) add_next[x] = (WORD)(int32_t)p[2 + component];                               \
    }                                                                                            \
  }                                                                                              \
                                                                                                 \
  static void fill_##NAME(WORD *words, size_t begin, size_t end, float value) {                  \
    WORD word = (WORD)(int32_t)value;                                                            \
    for (size_t x = begin; x < end; x++) words[x] = word;                                        \
  }                                                                                              \
                                                                                                 \
  void ck_overlay_##NAME(const ck_overlay_quad_row *quads, const ck_overlay_span *spans,         \
                         size_t count, const ck_overlay_edge *edges, const ck_overlay_row *row,  \
                         int component, WORD *keep, WORD *add, WORD *add_next) {                 \
    for (size_t i = 0; i < count; i++) {                                                         \
      const ck_overlay_span *span = spans + i;                                                   \
      if (span->is_edge) {                                                                       \
        const ck_overlay_edge *edge = edges + span->first_edge;                                  \
        for (size_t q = span->begin; q < span->end; q++)                                         \
          edge_##NAME(quads, edge++, row, row->columns[q], row->columns[q + 1], component, keep, \
                      add, add_next);                                                            \
        continue;                                                                                \
      }                                                                                          \
      size_t begin = row->columns[span->begin], end = row->columns[span->end];                   \
      ck_overlay_paint fill = quads->segments[span->label].fill;                                 \
      fill_##NAME(keep, begin, end, fill[0]);                                                    \
      fill_##NAME(add, begin, end, fill[1 + component]);                                         \
      if (add_next) fill_##NAME(add_next, begin, end, fill[2 + component]);                      \
    }                                                                                            \
  }

DEFINE_ROW(row8, uint16_t)
DEFINE_ROW(row16, uint32_t)

#define DEFINE_INTERLEAVE(NAME, WORD)                                                      \
  void ck_overlay_##NAME(const WORD *keep, const WORD *u, const WORD *v, WORD *keep_pairs, \
                         WORD *add_pairs, size_t count) {                                  \
    for (size_t i = 0; i < count; i++) {                                                   \
      keep_pairs[2 * i] = keep_pairs[2 * i + 1] = keep[i];                                 \
      add_pairs[2 * i] = u[i];                                                             \
      add_pairs[2 * i + 1] = v[i];                                                         \
    }                                                                                      \
  }

DEFINE_INTERLEAVE(interleave8, uint16_t)
DEFINE_INTERLEAVE(interleave16, uint32_t)
