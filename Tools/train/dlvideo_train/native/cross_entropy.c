// Cross entropy of every pixel from logits at a quarter of its resolution, bilinearly enlarged, for
// training on a CPU.
//
// Nothing of the pixels' size but labels, weights and losses is ever stored: a row of pixels is
// blended from two rows of cells, and its pixels taken in four turns, one for each place in a cell,
// so that cells beside each other are one vector. A thread takes whole pictures, so the result
// does not depend on the number of threads.
#include <math.h>
#include <stdlib.h>

#include "lanes.h"

#define STRIDE 4
#define ALIGNED __attribute__((aligned(64)))

typedef struct {
  int pictures, classes;
  int height, width;  // in cells
} entropy_shape;

// The pixels at place p of each cell i lie between the cells i + BEFORE[p] and the next.
static const int BEFORE[STRIDE] = {-1, -1, 0, 0};
static const float BETWEEN[STRIDE] = {0.625f, 0.875f, 0.125f, 0.375f};

// Rows are held with one more cell at the left, at least one at the right, and in whole vectors.
static inline int padded(int width) { return (width + LANES - 1) / LANES * LANES; }

static inline int held(int width) { return padded(width) + LANES; }

// The two rows of cells that a row of pixels lies between, and how near it is to the second.
typedef struct {
  int above, below;
  float nearness;
} rows;

static rows rows_of(const entropy_shape *s, int y) {
  const int cell = y / STRIDE + BEFORE[y % STRIDE];
  return (rows){cell > 0 ? cell : 0, cell + 1 < s->height ? cell + 1 : s->height - 1,
                BETWEEN[y % STRIDE]};
}

// cells [classes][held]: a row of pixels before it is enlarged in x.
static void blend(const entropy_shape *s, const float *logits, rows r, float *cells) {
  for (int c = 0; c < s->classes; c++, logits += s->height * s->width, cells += held(s->width)) {
    const float *above = logits + r.above * s->width, *below = logits + r.below * s->width;
    for (int x = 0; x < s->width; x++)
      cells[x + 1] = above[x] * (1 - r.nearness) + below[x] * r.nearness;
    cells[0] = cells[1];
    for (int x = s->width + 1; x < held(s->width); x++) cells[x] = cells[s->width];
  }
}

static inline lanes load(const float *p) {
  lanes v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline void add(float *p, lanes v) {
  v += load(p);
  memcpy(p, &v, sizeof v);
}

// e^x for x <= 0, to the last bits of a float; 0 counts as e^-87.
static inline lanes exponential(lanes x) {
  const lanes least = (lanes){0} - 87, whole = (lanes){0} + 12582912;  // 1.5 * 2^23
  x = choose((words)(x < least), least, x);
  const lanes shifted = x * 1.44269504f + whole, n = shifted - whole;
  const lanes r = x - n * 0.693359375f + n * 2.12194440e-4f;
  lanes p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  return (lanes)((words)p + ((words)shifted << 23));
}

// At place p of the LANES cells from x on: likely[classes] becomes e^(logit - greatest); returns
// their sum, and the label's logit less the greatest in `own`.
static inline lanes likelihoods(const entropy_shape *s, const float *cells, int x, int p,
                                words label, lanes *likely, lanes *own) {
  const float *at = cells + x + 1 + BEFORE[p];
  const float near = BETWEEN[p];
  lanes greatest = {0}, sum = {0};
  for (int c = 0; c < s->classes; c++, at += held(s->width)) {
    likely[c] = load(at) * (1 - near) + load(at + 1) * near;
    greatest = c ? choose((words)(likely[c] > greatest), likely[c], greatest) : likely[c];
  }
  *own = (lanes){0};
  for (int c = 0; c < s->classes; c++) {
    likely[c] -= greatest;
    *own = choose((words)(label == (uint32_t)c), likely[c], *own);
    likely[c] = exponential(likely[c]);
    sum += likely[c];
  }
  return sum;
}

// losses [pictures][pixels], times their weights; 0 where the label is not a class.
void cross_entropy_forward(const entropy_shape *s, const float *logits, const uint8_t *labels,
                           const float *weights, float *losses, int threads) {
  const int width = STRIDE * s->width;
  const long pixels = (long)STRIDE * s->height * width;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (int picture = 0; picture < s->pictures; picture++) {
    float *cells = malloc((size_t)s->classes * (size_t)held(s->width) * sizeof *cells);
    lanes likely[s->classes] ALIGNED;
    for (int y = 0; y < STRIDE * s->height; y++) {
      const long row = picture * pixels + (long)y * width;
      blend(s, logits + (long)picture * s->classes * s->height * s->width, rows_of(s, y), cells);
      for (int x = 0; x < s->width; x += LANES) {
        const int count = s->width - x < LANES ? s->width - x : LANES;
        for (int p = 0; p < STRIDE; p++) {
          const long first = row + (long)STRIDE * x + p;
          words label = {0};
          for (int i = 0; i < count; i++) label[i] = labels[first + STRIDE * i];
          lanes own;
          const lanes sum = likelihoods(s, cells, x, p, label, likely, &own);
          for (int i = 0; i < count; i++)
            losses[first + STRIDE * i] = label[i] < (uint32_t)s->classes
                                             ? (logf(sum[i]) - own[i]) * weights[first + STRIDE * i]
                                             : 0;
        }
      }
    }
    free(cells);
  }
}

// gradients: of the losses, [pictures][pixels], of which most may be 0; to_logits: zeros at first.
void cross_entropy_backward(const entropy_shape *s, const float *logits, const uint8_t *labels,
                            const float *weights, const float *gradients, float *to_logits,
                            int threads) {
  const int width = STRIDE * s->width;
  const long pixels = (long)STRIDE * s->height * width;
  const size_t row_bytes = (size_t)s->classes * (size_t)held(s->width) * sizeof(float);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (int picture = 0; picture < s->pictures; picture++) {
    float *cells = malloc(row_bytes), *sums = malloc(row_bytes);
    lanes likely[s->classes] ALIGNED;
    const long planes = (long)picture * s->classes * s->height * s->width;
    for (int y = 0; y < STRIDE * s->height; y++) {
      const long row = picture * pixels + (long)y * width;
      const rows r = rows_of(s, y);
      blend(s, logits + planes, r, cells);
      memset(sums, 0, row_bytes);
      for (int x = 0; x < s->width; x += LANES) {
        const int count = s->width - x < LANES ? s->width - x : LANES;
        for (int p = 0; p < STRIDE; p++) {
          const long first = row + (long)STRIDE * x + p;
          words label = {0};
          lanes slope = {0};
          int any = 0;
          for (int i = 0; i < count; i++) {
            const long at = first + STRIDE * i;
            label[i] = labels[at];
            slope[i] = labels[at] < s->classes ? gradients[at] * weights[at] : 0;
            any |= slope[i] != 0;
          }
          if (!any) continue;
          lanes own;
          const lanes scale = slope / likelihoods(s, cells, x, p, label, likely, &own);
          const float near = BETWEEN[p];
          float *to = sums + x + 1 + BEFORE[p];
          for (int c = 0; c < s->classes; c++, to += held(s->width)) {
            const lanes truth = choose((words)(label == (uint32_t)c), slope, (lanes){0});
            const lanes g = likely[c] * scale - truth;
            add(to, g * (1 - near));
            add(to + 1, g * near);
          }
        }
      }
      for (int c = 0; c < s->classes; c++) {
        float *sum = sums + (long)c * held(s->width);
        // What was taken from beyond the edges is the edges'.
        sum[1] += sum[0];
        sum[s->width] += sum[s->width + 1];
        float *plane = to_logits + planes + (long)c * s->height * s->width;
        for (int x = 0; x < s->width; x++) {
          plane[r.above * s->width + x] += sum[x + 1] * (1 - r.nearness);
          plane[r.below * s->width + x] += sum[x + 1] * r.nearness;
        }
      }
    }
    free(cells);
    free(sums);
  }
}
