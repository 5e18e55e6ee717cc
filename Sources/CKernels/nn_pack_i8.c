#include "nn_internal.h"

// Weights come as whole numbers in -127...127, held in floats: who quantises knows the scales.

static int8_t to_int8(float x) { return (int8_t)(x < 0 ? x - 0.5f : x + 0.5f); }

size_t ck_packed_size_i8(int k, int n) {
  return (size_t)ck_ceil_div(n, CK_PANEL) * (size_t)ck_ceil_div(k, 4) * CK_PANEL * 4;
}

// Four rows interleaved, as VPDPBUSD takes them: [panel][k / 4][column][4].
void ck_pack_i8(const float *b, size_t b_stride, int k, int n, void *packed) {
  int8_t *out = packed;
  for (int j0 = 0; j0 < n; j0 += CK_PANEL)
    for (int p = 0; p < k; p += 4)
      for (int j = j0; j < j0 + CK_PANEL; j++)
        for (int q = p; q < p + 4; q++)
          *out++ = j < n && q < k ? to_int8(b[(size_t)q * b_stride + (size_t)j]) : 0;
}

size_t ck_packed_depthwise_size_i8(int kernel, int channels) {
  return (size_t)ck_ceil_div(channels, 16) * 2 * (size_t)ck_ceil_div(kernel, 4) * (size_t)kernel *
         64;
}

// [16 channels][for the first or second of two output rows][4 input rows][kx][channel][input row]:
// the window rows of the second output row begin one input row lower. (3, 5 and 7 rows fit as many
// fours with one row more.)
void ck_pack_depthwise_i8(const float *weights, int kernel, int channels, void *packed) {
  int8_t *out = packed;
  for (int c0 = 0; c0 < channels; c0 += 16)
    for (int second = 0; second < 2; second++)
      for (int row = 0; row < kernel; row += 4)
        for (int kx = 0; kx < kernel; kx++)
          for (int c = c0; c < c0 + 16; c++)
            for (int q = row; q < row + 4; q++) {
              const int ky = q - second;
              *out++ = c < channels && ky >= 0 && ky < kernel
                           ? to_int8(weights[(size_t)(ky * kernel + kx) * (size_t)channels + c])
                           : 0;
            }
}
