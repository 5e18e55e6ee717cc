// Depthwise convolutions for training on a CPU: NHWC maps of elements (lanes.h), sums in float.
//
// A thread takes one picture and one block of two vectors (or one) of channels. It widens the map's
// rows to float, with zeros left and right, into a ring of as many rows as the window reaches over,
// which stays in its L2 cache; the sums of some neighbouring pixels stay in registers.
//
//   forward            out = sum over the window's taps of map * weight
//   backward of map    the same over the gradient, taps mirrored; at stride 2 each of the four
//                      places (even or odd row, even or odd column) sees its own part of the taps
//   backward of weight sum over all pixels of map * gradient, a window's row at a time
#include <stdlib.h>

#include "lanes.h"

// Pixels whose sums, of two vectors each, fit the registers beside weights.
#ifdef __AVX512F__
#define TILE 8
#else
#define TILE 6
#endif
#define MAX_KERNEL 7

typedef struct {
  int pictures, channels;
  int in_height, in_width;    // of the forward pass's input
  int out_height, out_width;  // of its output
  int kernel, stride, dilation;
} depthwise_shape;

// A ring of widened rows of one channel block.
typedef struct {
  float *memory;
  int *held;  // which row of the map each place holds
  int rows, width, pad, block;
} ring;

static ring make_ring(int rows, int width, int pad, int block) {
  // A tile at the end of a row may read up to TILE pixels more.
  const size_t pixels = (size_t)(width + 2 * pad + 2 * TILE);
  ring r = {aligned_alloc(64, (size_t)rows * pixels * (size_t)block * sizeof(float)),
            malloc((size_t)rows * sizeof(int)),
            rows,
            (int)pixels,
            pad,
            block};
  memset(r.memory, 0, (size_t)rows * pixels * (size_t)block * sizeof(float));
  for (int i = 0; i < rows; i++) r.held[i] = -1;
  return r;
}

static void free_ring(ring *r) {
  free(r->memory);
  free(r->held);
}

// Row `y` of a map [height][width][channels] at pixel -pad, or NULL outside.
static const float *ring_row(ring *r, const element *map, int y, int height, int width,
                             int channels) {
  if (y < 0 || y >= height) return NULL;
  const int place = y % r->rows;
  float *row = r->memory + (size_t)place * (size_t)r->width * (size_t)r->block;
  if (r->held[place] != y) {
    r->held[place] = y;
    float *to = row + (size_t)r->pad * (size_t)r->block;
    const element *from = map + (size_t)y * (size_t)width * (size_t)channels;
    for (int x = 0; x < width; x++, to += r->block, from += channels)
      for (int c = 0; c < r->block; c += LANES) *(lanes *)(to + c) = widen(from + c);
  }
  return row;
}

// Taps of one output row: rows of the ring, offsets within them, weights.
typedef struct {
  int count;
  const float *at[MAX_KERNEL * MAX_KERNEL];  // where output 0 reads
  const float *weight[MAX_KERNEL * MAX_KERNEL];
} tap_list;

// out[i] = sum of taps[i * step], for `count` outputs.
static inline __attribute__((always_inline)) void run_row(const tap_list *taps, int step, int count,
                                                          element *out, size_t out_step,
                                                          const int block) {
  for (int x = 0; x < count; x += TILE) {
    lanes sum[TILE][2];
    memset(sum, 0, sizeof sum);
    for (int t = 0; t < taps->count; t++) {
      const float *in = taps->at[t] + (size_t)x * (size_t)step * (size_t)block;
      const lanes w0 = *(const lanes *)taps->weight[t];
      const lanes w1 = block > LANES ? *(const lanes *)(taps->weight[t] + LANES) : w0;
#pragma GCC unroll 8
      for (int i = 0; i < TILE; i++) {
        const lanes *pixel = (const lanes *)(in + (size_t)i * (size_t)step * (size_t)block);
        sum[i][0] += pixel[0] * w0;
        if (block > LANES) sum[i][1] += pixel[1] * w1;
      }
    }
    const int left = count - x < TILE ? count - x : TILE;
    for (int i = 0; i < left; i++) {
      narrow(out + (size_t)(x + i) * out_step, sum[i][0]);
      if (block > LANES) narrow(out + (size_t)(x + i) * out_step + LANES, sum[i][1]);
    }
  }
}

static inline __attribute__((always_inline)) void forward_block(const depthwise_shape *s,
                                                                const element *map,
                                                                const float *weights, element *out,
                                                                const int block) {
  const int k = s->kernel, d = s->dilation, pad = d * (k / 2);
  ring r = make_ring(d * (k - 1) + 1, s->in_width, pad, block);
  for (int y = 0; y < s->out_height; y++) {
    tap_list taps = {0};
    for (int ky = 0; ky < k; ky++) {
      const float *row =
          ring_row(&r, map, y * s->stride - pad + ky * d, s->in_height, s->in_width, s->channels);
      for (int kx = 0; row && kx < k; kx++) {
        taps.at[taps.count] = row + kx * d * block;
        taps.weight[taps.count++] = weights + (size_t)(ky * k + kx) * (size_t)s->channels;
      }
    }
    run_row(&taps, s->stride, s->out_width,
            out + (size_t)y * (size_t)s->out_width * (size_t)s->channels, (size_t)s->channels,
            block);
  }
  free_ring(&r);
}

static inline __attribute__((always_inline)) void map_gradient_block(const depthwise_shape *s,
                                                                     const element *gradient,
                                                                     const float *weights,
                                                                     element *out,
                                                                     const int block) {
  const int k = s->kernel, d = s->dilation, pad = d * (k / 2), stride = s->stride;
  ring r = make_ring(d * (k - 1) + 1, s->out_width, pad + 1, block);
  for (int y = 0; y < s->in_height; y++) {
    element *row_out = out + (size_t)y * (size_t)s->in_width * (size_t)s->channels;
    for (int phase = 0; phase < stride; phase++) {
      tap_list taps = {0};
      for (int ky = 0; ky < k; ky++) {
        const int above = y + pad - ky * d;
        if (above < 0 || above % stride) continue;
        const float *row =
            ring_row(&r, gradient, above / stride, s->out_height, s->out_width, s->channels);
        for (int kx = 0; row && kx < k; kx++) {
          const int left = phase + pad - kx * d;
          if (left % stride) continue;
          taps.at[taps.count] = row + (r.pad + left / stride) * block;
          taps.weight[taps.count++] = weights + (size_t)(ky * k + kx) * (size_t)s->channels;
        }
      }
      run_row(&taps, 1, (s->in_width - phase + stride - 1) / stride,
              row_out + (size_t)phase * (size_t)s->channels, (size_t)(stride * s->channels), block);
    }
  }
  free_ring(&r);
}

// sums[ky][kx][channels] of one picture.
static inline __attribute__((always_inline)) void weight_gradient_block(const depthwise_shape *s,
                                                                        const element *map,
                                                                        const element *gradient,
                                                                        float *sums, const int k,
                                                                        const int block) {
  const int d = s->dilation, pad = d * (k / 2), vectors = block / LANES;
  ring r = make_ring(d * (k - 1) + 1, s->in_width, pad, block);
  ring g = make_ring(1, s->out_width, 0, block);
  for (int y = 0; y < s->out_height; y++) {
    const float *gradients = ring_row(&g, gradient, y, s->out_height, s->out_width, s->channels);
    for (int ky = 0; ky < k; ky++) {
      const float *row =
          ring_row(&r, map, y * s->stride - pad + ky * d, s->in_height, s->in_width, s->channels);
      if (!row) continue;
      lanes sum[MAX_KERNEL][2];
      memset(sum, 0, sizeof sum);
      for (int x = 0; x < s->out_width; x++) {
        const float *in = row + (size_t)(x * s->stride) * (size_t)block;
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) {
          const lanes slope = *(const lanes *)(gradients + x * block + v * LANES);
#pragma GCC unroll 7
          for (int kx = 0; kx < k; kx++)
            sum[kx][v] += slope * *(const lanes *)(in + kx * d * block + v * LANES);
        }
      }
      for (int kx = 0; kx < k; kx++)
        for (int v = 0; v < vectors; v++) {
          float *to = sums + (size_t)(ky * k + kx) * (size_t)s->channels + v * LANES;
          lanes total;
          memcpy(&total, to, sizeof total);
          total += sum[kx][v];
          memcpy(to, &total, sizeof total);
        }
    }
  }
  free_ring(&r);
  free_ring(&g);
}

// Calls BODY(block, channel, picture) for all channel blocks of all pictures, over the threads.
#define FOR_BLOCKS(BODY)                                                                        \
  const int blocks = (s->channels + 2 * LANES - 1) / (2 * LANES);                               \
  _Pragma("omp parallel for schedule(dynamic) num_threads(threads)") for (int unit = 0;         \
                                                                          unit <                \
                                                                          s->pictures * blocks; \
                                                                          unit++) {             \
    const int picture = unit / blocks, channel = unit % blocks * 2 * LANES;                     \
    const size_t in_at =                                                                        \
        (size_t)picture * (size_t)s->in_height * (size_t)s->in_width * (size_t)s->channels +    \
        (size_t)channel;                                                                        \
    const size_t out_at =                                                                       \
        (size_t)picture * (size_t)s->out_height * (size_t)s->out_width * (size_t)s->channels +  \
        (size_t)channel;                                                                        \
    if (s->channels - channel >= 2 * LANES) {                                                   \
      BODY(2 * LANES);                                                                          \
    } else {                                                                                    \
      BODY(LANES);                                                                              \
    }                                                                                           \
  }

// map [pictures][in_height][in_width][channels], weights [kernel][kernel][channels].
void depthwise_forward(const depthwise_shape *s, const element *map, const float *weights,
                       element *out, int threads) {
#define BODY(block) forward_block(s, map + in_at, weights + channel, out + out_at, block)
  FOR_BLOCKS(BODY)
#undef BODY
}

void depthwise_map_gradient(const depthwise_shape *s, const element *gradient, const float *weights,
                            element *out, int threads) {
#define BODY(block) map_gradient_block(s, gradient + out_at, weights + channel, out + in_at, block)
  FOR_BLOCKS(BODY)
#undef BODY
}

// sums [pictures][kernel][kernel][channels], zeros at first.
void depthwise_weight_gradient(const depthwise_shape *s, const element *map,
                               const element *gradient, float *sums, int threads) {
  const size_t picture_sums = (size_t)(s->kernel * s->kernel) * (size_t)s->channels;
#define BODY(block)                                                           \
  do {                                                                        \
    float *to = sums + (size_t)picture * picture_sums + channel;              \
    if (s->kernel == 3)                                                       \
      weight_gradient_block(s, map + in_at, gradient + out_at, to, 3, block); \
    else if (s->kernel == 5)                                                  \
      weight_gradient_block(s, map + in_at, gradient + out_at, to, 5, block); \
    else                                                                      \
      weight_gradient_block(s, map + in_at, gradient + out_at, to, 7, block); \
  } while (0)
  FOR_BLOCKS(BODY)
#undef BODY
}
