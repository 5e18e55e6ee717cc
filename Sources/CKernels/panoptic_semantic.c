// Classes of cells and of pixels, portable.
#include <math.h>
#include <string.h>

#include "panoptic_bodies.h"
#include "panoptic_portable.h"

#pragma STDC FP_CONTRACT OFF

void ck_classify_portable(const float *logits, ptrdiff_t pixel_stride, int count, int classes,
                          uint8_t *class_index, float *probability) {
  for (int n = 0; n < count; n++, logits += pixel_stride) {
    int best = 0;
    for (int c = 1; c < classes; c++)
      if (logits[c] > logits[best]) best = c;
    float sum = 0;
    for (int c = 0; c < classes; c++) sum += expf(logits[c] - logits[best]);
    class_index[n] = (uint8_t)best;
    probability[n] = 1 / sum;
  }
}

void ck_make_planes_portable(const float *logits, ptrdiff_t pixel_stride, int width, int classes,
                             float *planes, int plane_stride) {
  for (int c = 0; c < classes; c++) {
    float *plane = planes + (ptrdiff_t)c * plane_stride;
    plane[0] = logits[c];
    for (int j = 0; j < width; j++) plane[1 + j] = logits[j * pixel_stride + c];
    for (int j = width + 1; j < plane_stride; j++) plane[j] = plane[width];
  }
}

void ck_blend_portable(const float *a, const float *b, float t, int count, float *out) {
  blend_body(a, b, t, count, out);
}

void ck_argmax_row_portable(const float *planes, int plane_stride, int width, int classes,
                            uint8_t *out) {
  static const float phase[4] = {0.125f, 0.375f, 0.625f, 0.875f};
  enum { BLOCKS = 16 };
  for (int first = 0; first <= width; first += BLOCKS) {
    float best[4][BLOCKS];
    uint8_t index[4][BLOCKS];
    for (int c = 0; c < classes; c++) {
      const float *plane = planes + (ptrdiff_t)c * plane_stride + first;
      for (int p = 0; p < 4; p++)
        for (int j = 0; j < BLOCKS; j++) {
          float value = plane[j] + phase[p] * (plane[j + 1] - plane[j]);
          if (c == 0 || value > best[p][j]) {
            best[p][j] = value;
            index[p][j] = (uint8_t)c;
          }
        }
    }
    for (int j = 0; j < BLOCKS; j++)
      for (int p = 0; p < 4; p++) out[4 * (first + j) + p] = index[p][j];
  }
}

void ck_block_instances(const uint16_t *row0, const uint16_t *row1, int width, uint16_t *blocks) {
  for (int j = -1; j < width; j++) {
    int j0 = j < 0 ? 0 : j, j1 = j + 1 < width ? j + 1 : width - 1;
    uint16_t a = row0[j0];
    int same = a == row0[j1] && a == row1[j0] && a == row1[j1];
    blocks[j + 1] = same && a != CK_NO_INSTANCE ? a : CK_MIXED_CELLS;
  }
}

static int label_pixel(uint8_t class_index, uint16_t block, const uint8_t *is_thing, int classes,
                       uint16_t *label, uint32_t *histogram) {
  if (!is_thing[class_index]) {
    *label = class_index;
    return 0;
  }
  if (block == CK_MIXED_CELLS) {
    *label = CK_MIXED_CELLS;
    return 1;
  }
  *label = (uint16_t)(classes + block);
  histogram[(size_t)block * classes + class_index]++;
  return 0;
}

int ck_label_row(const uint8_t *class_row, const uint16_t *blocks, const uint8_t *is_thing,
                 int width, int classes, uint16_t *labels, uint32_t *histogram) {
  int open = 0;
  const uint8_t *row = class_row + CK_CLASS_ROW_LEAD;
  for (int x = 0; x < 2; x++)
    open += label_pixel(row[x], blocks[0], is_thing, classes, labels + x, histogram);
  for (int j = 0; j + 1 < width; j++) {
    int x = 4 * j + 2;
    uint16_t block = blocks[j + 1];
    uint32_t four;
    memcpy(&four, row + x, 4);
    uint8_t first = row[x];
    if (four == first * 0x01010101u && (block != CK_MIXED_CELLS || !is_thing[first])) {
      uint16_t label = first;
      if (is_thing[first]) {
        label = (uint16_t)(classes + block);
        histogram[(size_t)block * classes + first] += 4;
      }
      uint64_t fill = label * 0x0001000100010001ull;
      memcpy(labels + x, &fill, 8);
    } else {
      for (int p = 0; p < 4; p++)
        open += label_pixel(row[x + p], block, is_thing, classes, labels + x + p, histogram);
    }
  }
  for (int x = 4 * width - 2; x < 4 * width; x++)
    open += label_pixel(row[x], blocks[width], is_thing, classes, labels + x, histogram);
  return open;
}

int ck_run_end(const uint16_t *labels, int start, int count) {
  uint16_t label = labels[start];
  uint64_t fill = label * 0x0001000100010001ull, four;
  int x = start + 1;
  while (x + 4 <= count) {
    memcpy(&four, labels + x, 8);
    if (four != fill) break;
    x += 4;
  }
  while (x < count && labels[x] == label) x++;
  return x;
}
