// Batch normalisation with its activation for training on a CPU: maps of elements (lanes.h),
// [pixels][channels].
//
// As many pixels as fill whole vectors make a row. The rows are cut into pieces, each summed by one
// thread in float about the channel's first value (so that nothing cancels), the pieces in double
// and in order: the result does not depend on the number of threads. What the activation let
// through is computed again in the backward pass.
#include <math.h>
#include <stdlib.h>

#include "lanes.h"

#define PIECES 32
#define RUN 128         // rows whose sums stay in float
#define LEAST_WIDTH 64  // of a row: sums of four vectors do not wait for each other
#define ALIGNED __attribute__((aligned(64)))

typedef struct {
  int channels, fold, width;  // a row is `fold` pixels: `width` values
  long pixels, rows;          // the last pixels may not fill a row
} layout;

static layout lay_out(long pixels, int channels) {
  int fold = 1;
  while (fold * channels % LANES || fold * channels < LEAST_WIDTH) fold *= 2;
  return (layout){channels, fold, fold * channels, pixels, pixels / fold};
}

static inline long piece_begin(const layout *l, int piece) { return l->rows * piece / PIECES; }

// [channels] to [width].
static void spread(const layout *l, const float *from, float *to) {
  for (int i = 0; i < l->width; i++) to[i] = from[i % l->channels];
}

// Adds a piece's sums of a run of rows in float, first and second [width], to those in double.
static void add_run(const layout *l, const float *first, const float *second, double *total) {
  for (int i = 0; i < l->width; i++) {
    total[i] += (double)first[i];
    total[l->width + i] += (double)second[i];
  }
}

// The pieces' sums [PIECES][2][width] to [2][channels], in their place.
static void gather(const layout *l, double *sums) {
  for (int piece = 1; piece < PIECES; piece++)
    for (int i = 0; i < 2 * l->width; i++) sums[i] += sums[(long)piece * 2 * l->width + i];
  for (int part = 0; part < 2; part++)
    for (int c = 0; c < l->channels; c++) {
      double sum = 0;
      for (int i = c; i < l->width; i += l->channels) sum += sums[part * l->width + i];
      sums[part * l->channels + c] = sum;
    }
}

static double *make_sums(const layout *l) {
  return calloc((size_t)PIECES * 2 * (size_t)l->width, sizeof(double));
}

static inline lanes at(const float *p) { return *(const lanes *)p; }

static inline void add(float *p, lanes v) { *(lanes *)p += v; }

// mean, variance (biased): [channels].
static void moments(const layout *l, const element *x, float *mean, float *variance, int threads) {
  double *sums = make_sums(l);
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int piece = 0; piece < PIECES; piece++) {
    const long end = piece_begin(l, piece + 1);
    float origin[l->width] ALIGNED, sum[l->width] ALIGNED, square[l->width] ALIGNED;
    for (int i = 0; i < l->width; i++) origin[i] = widen_one(x[i % l->channels]);
    for (long first = piece_begin(l, piece); first < end; first += RUN) {
      const long last = first + RUN < end ? first + RUN : end;
      memset(sum, 0, sizeof sum);
      memset(square, 0, sizeof square);
      for (long row = first; row < last; row++) {
        const element *values = x + row * l->width;
        for (int i = 0; i < l->width; i += LANES) {
          const lanes v = widen(values + i) - at(origin + i);
          add(sum + i, v);
          add(square + i, v * v);
        }
      }
      add_run(l, sum, square, sums + (long)piece * 2 * l->width);
    }
  }
  gather(l, sums);
  for (int c = 0; c < l->channels; c++) {
    const float origin = widen_one(x[c]);
    for (long i = l->rows * l->fold; i < l->pixels; i++) {
      const double v = (double)(widen_one(x[i * l->channels + c]) - origin);
      sums[c] += v;
      sums[l->channels + c] += v * v;
    }
    const double shift = sums[c] / (double)l->pixels;
    const double wide = sums[l->channels + c] / (double)l->pixels - shift * shift;
    mean[c] = (float)(shift + (double)origin);
    variance[c] = (float)(wide > 0 ? wide : 0);
  }
  free(sums);
}

// out = clamp((x - mean) / sqrt(variance + epsilon) * weight + bias, low, high); fills mean and
// variance (biased).
void normalise_forward(const element *x, long pixels, int channels, const float *weight,
                       const float *bias, float epsilon, float low, float high, float *mean,
                       float *variance, element *out, int threads) {
  const layout shape = lay_out(pixels, channels), *l = &shape;
  moments(l, x, mean, variance, threads);
  float scale[channels], shift[channels];
  for (int c = 0; c < channels; c++) {
    scale[c] = weight[c] / sqrtf(variance[c] + epsilon);
    shift[c] = bias[c] - mean[c] * scale[c];
  }
  float scales[l->width] ALIGNED, shifts[l->width] ALIGNED;
  spread(l, scale, scales);
  spread(l, shift, shifts);
  const lanes lows = (lanes){0} + low, highs = (lanes){0} + high;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int piece = 0; piece < PIECES; piece++)
    for (long row = piece_begin(l, piece); row < piece_begin(l, piece + 1); row++)
      for (int i = 0; i < l->width; i += LANES) {
        const lanes y = widen(x + row * l->width + i) * at(scales + i) + at(shifts + i);
        narrow(out + row * l->width + i, clamp(y, lows, highs));
      }
  for (long i = l->rows * l->width; i < pixels * channels; i++) {
    const int c = (int)(i % channels);
    const float y = widen_one(x[i]) * scale[c] + shift[c];
    out[i] = narrow_one(fminf(fmaxf(y, low), high));
  }
}

// What the activation lets through of gradient g, y being what it saw.
static inline lanes let_through(lanes g, lanes y, lanes low, lanes high) {
  return (lanes)((words)g & (words)(y > low) & (words)(y < high));
}

static inline float let_one_through(float g, float y, float low, float high) {
  return y > low && y < high ? g : 0;
}

// gradient: of the output; fills those of x, weight and bias.
void normalise_backward(const element *x, const element *gradient, long pixels, int channels,
                        const float *weight, const float *bias, float epsilon, float low,
                        float high, const float *mean, const float *variance, element *to_x,
                        float *to_weight, float *to_bias, int threads) {
  const layout shape = lay_out(pixels, channels), *l = &shape;
  double *sums = make_sums(l);
  float scale[channels], shift[channels], inverse[channels];
  for (int c = 0; c < channels; c++) {
    inverse[c] = 1 / sqrtf(variance[c] + epsilon);
    scale[c] = weight[c] * inverse[c];
    shift[c] = bias[c] - mean[c] * scale[c];
  }
  float scales[l->width] ALIGNED, shifts[l->width] ALIGNED, means[l->width] ALIGNED;
  spread(l, scale, scales);
  spread(l, shift, shifts);
  spread(l, mean, means);
  const lanes lows = (lanes){0} + low, highs = (lanes){0} + high;
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int piece = 0; piece < PIECES; piece++) {
    const long end = piece_begin(l, piece + 1);
    float sum[l->width] ALIGNED, product[l->width] ALIGNED;
    for (long first = piece_begin(l, piece); first < end; first += RUN) {
      const long last = first + RUN < end ? first + RUN : end;
      memset(sum, 0, sizeof sum);
      memset(product, 0, sizeof product);
      for (long row = first; row < last; row++)
        for (int i = 0; i < l->width; i += LANES) {
          const lanes v = widen(x + row * l->width + i);
          const lanes y = v * at(scales + i) + at(shifts + i);
          const lanes g = let_through(widen(gradient + row * l->width + i), y, lows, highs);
          add(sum + i, g);
          add(product + i, g * (v - at(means + i)));
        }
      add_run(l, sum, product, sums + (long)piece * 2 * l->width);
    }
  }
  gather(l, sums);
  const long left = l->rows * l->width;
  for (long i = left; i < pixels * channels; i++) {
    const int c = (int)(i % channels);
    const float v = widen_one(x[i]), y = v * scale[c] + shift[c];
    const float g = let_one_through(widen_one(gradient[i]), y, low, high);
    sums[c] += (double)g;
    sums[channels + c] += (double)(g * (v - mean[c]));
  }
  // to_x = scale * (g - mean of g - normalised x * mean of (g * normalised x)).
  float along[channels], constant[channels];
  for (int c = 0; c < channels; c++) {
    const float square = (float)sums[channels + c] * inverse[c];
    to_bias[c] = (float)sums[c];
    to_weight[c] = square;
    along[c] = -scale[c] * inverse[c] * square / (float)pixels;
    constant[c] = -scale[c] * (float)(sums[c] / (double)pixels) - along[c] * mean[c];
  }
  free(sums);
  float alongs[l->width] ALIGNED, constants[l->width] ALIGNED;
  spread(l, along, alongs);
  spread(l, constant, constants);
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int piece = 0; piece < PIECES; piece++)
    for (long row = piece_begin(l, piece); row < piece_begin(l, piece + 1); row++)
      for (int i = 0; i < l->width; i += LANES) {
        const lanes v = widen(x + row * l->width + i);
        const lanes y = v * at(scales + i) + at(shifts + i);
        const lanes g = let_through(widen(gradient + row * l->width + i), y, lows, highs);
        narrow(to_x + row * l->width + i,
               g * at(scales + i) + v * at(alongs + i) + at(constants + i));
      }
  for (long i = left; i < pixels * channels; i++) {
    const int c = (int)(i % channels);
    const float v = widen_one(x[i]), y = v * scale[c] + shift[c];
    const float g = let_one_through(widen_one(gradient[i]), y, low, high);
    to_x[i] = narrow_one(g * scale[c] + v * along[c] + constant[c]);
  }
}
