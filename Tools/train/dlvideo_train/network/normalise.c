// Batch normalisation with its activation for training on a CPU: maps in bfloat16, [pixels][channels].
//
// The pixels are cut into pieces, each summed by one thread in float about the channel's first value
// (so that nothing cancels), the pieces in double and in order: the result does not depend on the
// number of threads. What the activation let through is computed again in the backward pass.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIECES 32
#define RUN 128  // pixels whose sums stay in float

static inline float widen(uint16_t h) {
  const uint32_t bits = (uint32_t)h << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

static inline uint16_t narrow(float f) {
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static inline long piece_begin(long pixels, int piece) { return pixels * piece / PIECES; }

// Adds the pieces' sums [PIECES][2][channels] into the first's.
static void gather(double *sums, int channels) {
  for (int piece = 1; piece < PIECES; piece++)
    for (int c = 0; c < 2 * channels; c++) sums[c] += sums[(long)piece * 2 * channels + c];
}

// mean, variance (biased): [channels].
static void moments(const uint16_t *restrict x, long pixels, int channels, float *mean,
                    float *variance, int threads) {
  double *sums = calloc((size_t)PIECES * 2 * (size_t)channels, sizeof *sums);
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int piece = 0; piece < PIECES; piece++) {
    const long end = piece_begin(pixels, piece + 1);
    double *total = sums + (long)piece * 2 * channels;
    float origin[channels], sum[channels], square[channels];
    for (int c = 0; c < channels; c++) origin[c] = widen(x[c]);
    for (long first = piece_begin(pixels, piece); first < end; first += RUN) {
      const long last = first + RUN < end ? first + RUN : end;
      memset(sum, 0, sizeof sum);
      memset(square, 0, sizeof square);
      for (long i = first; i < last; i++) {
        const uint16_t *restrict row = x + i * channels;
        for (int c = 0; c < channels; c++) {
          const float v = widen(row[c]) - origin[c];
          sum[c] += v;
          square[c] += v * v;
        }
      }
      for (int c = 0; c < channels; c++) {
        total[c] += sum[c];
        total[channels + c] += square[c];
      }
    }
  }
  gather(sums, channels);
  for (int c = 0; c < channels; c++) {
    const double shift = sums[c] / (double)pixels;
    const double spread = sums[channels + c] / (double)pixels - shift * shift;
    mean[c] = (float)(shift + widen(x[c]));
    variance[c] = (float)(spread > 0 ? spread : 0);
  }
  free(sums);
}

// out = clamp((x - mean) / sqrt(variance + epsilon) * weight + bias, low, high); fills mean and
// variance (biased).
void normalise_forward(const uint16_t *restrict x, long pixels, int channels, const float *weight,
                       const float *bias, float epsilon, float low, float high, float *mean,
                       float *variance, uint16_t *restrict out, int threads) {
  moments(x, pixels, channels, mean, variance, threads);
  float scale[channels], shift[channels];
  for (int c = 0; c < channels; c++) {
    scale[c] = weight[c] / sqrtf(variance[c] + epsilon);
    shift[c] = bias[c] - mean[c] * scale[c];
  }
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int piece = 0; piece < PIECES; piece++)
    for (long i = piece_begin(pixels, piece); i < piece_begin(pixels, piece + 1); i++) {
      const uint16_t *restrict row = x + i * channels;
      uint16_t *restrict to = out + i * channels;
      for (int c = 0; c < channels; c++) {
        float y = widen(row[c]) * scale[c] + shift[c];
        y = y > low ? y : low;
        to[c] = narrow(y < high ? y : high);
      }
    }
}

// gradient: of the output; fills those of x, weight and bias.
void normalise_backward(const uint16_t *restrict x, const uint16_t *restrict gradient, long pixels,
                        int channels, const float *weight, const float *bias, float epsilon,
                        float low, float high, const float *mean, const float *variance,
                        uint16_t *restrict to_x, float *to_weight, float *to_bias, int threads) {
  double *sums = calloc((size_t)PIECES * 2 * (size_t)channels, sizeof *sums);
  float scale[channels], shift[channels], inverse[channels];
  for (int c = 0; c < channels; c++) {
    inverse[c] = 1 / sqrtf(variance[c] + epsilon);
    scale[c] = weight[c] * inverse[c];
    shift[c] = bias[c] - mean[c] * scale[c];
  }
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int piece = 0; piece < PIECES; piece++) {
    const long end = piece_begin(pixels, piece + 1);
    double *total = sums + (long)piece * 2 * channels;
    float sum[channels], product[channels];
    for (long first = piece_begin(pixels, piece); first < end; first += RUN) {
      const long last = first + RUN < end ? first + RUN : end;
      memset(sum, 0, sizeof sum);
      memset(product, 0, sizeof product);
      for (long i = first; i < last; i++) {
        const uint16_t *restrict row = x + i * channels, *restrict slope = gradient + i * channels;
        for (int c = 0; c < channels; c++) {
          const float v = widen(row[c]), y = v * scale[c] + shift[c];
          const float g = (y > low) & (y < high) ? widen(slope[c]) : 0;
          sum[c] += g;
          product[c] += g * (v - mean[c]);
        }
      }
      for (int c = 0; c < channels; c++) {
        total[c] += sum[c];
        total[channels + c] += product[c];
      }
    }
  }
  gather(sums, channels);
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
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int piece = 0; piece < PIECES; piece++)
    for (long i = piece_begin(pixels, piece); i < piece_begin(pixels, piece + 1); i++) {
      const uint16_t *restrict row = x + i * channels, *restrict slope = gradient + i * channels;
      uint16_t *restrict to = to_x + i * channels;
      for (int c = 0; c < channels; c++) {
        const float v = widen(row[c]), y = v * scale[c] + shift[c];
        const float g = (y > low) & (y < high) ? widen(slope[c]) : 0;
        to[c] = narrow(g * scale[c] + v * along[c] + constant[c]);
      }
    }
}
