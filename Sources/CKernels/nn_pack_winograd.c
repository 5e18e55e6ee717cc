#include "nn_internal.h"
#include "nn_winograd.h"

size_t ck_packed_winograd_count(int channels) {
  return (size_t)ck_ceil_div(channels, 16) * 16 * CK_WINOGRAD_POINTS * CK_WINOGRAD_TAPS;
}

// The transform of a column of seven taps: at a point a, sum of a^k w[k], over the product of a's
// distances to the other points; at infinity, the last tap. Points as in nn_winograd.inc.
static void transform_taps(const double taps[CK_WINOGRAD_TAPS], double out[CK_WINOGRAD_POINTS]) {
  double c[5];
  ck_winograd_product(-1, c);
  out[0] = taps[0] / c[0];
  for (int i = 0; i < CK_WINOGRAD_PAIRS; i++) {
    const double a = ck_winograd_point[i], square = a * a;
    ck_winograd_product(i, c);
    const double others = c[0] + square * (c[1] + square * (c[2] + square * c[3]));
    const double even = taps[0] + square * (taps[2] + square * (taps[4] + square * taps[6]));
    const double odd = a * (taps[1] + square * (taps[3] + square * taps[5]));
    out[1 + 2 * i] = (even + odd) / (2 * square * others);
    out[2 + 2 * i] = (even - odd) / (2 * square * others);
  }
  out[CK_WINOGRAD_POINTS - 1] = taps[CK_WINOGRAD_TAPS - 1];
}

// [group of 16 channels][point][column of the window][channel].
void ck_pack_winograd(const float *weights, int channels, float *packed) {
  for (int first = 0; first < channels; first += 16)
    for (int kx = 0; kx < CK_WINOGRAD_TAPS; kx++)
      for (int c = 0; c < 16; c++) {
        double taps[CK_WINOGRAD_TAPS], out[CK_WINOGRAD_POINTS];
        for (int ky = 0; ky < CK_WINOGRAD_TAPS; ky++)
          taps[ky] = first + c < channels
                         ? weights[(size_t)(ky * CK_WINOGRAD_TAPS + kx) * (size_t)channels +
                                   (size_t)(first + c)]
                         : 0;
        transform_taps(taps, out);
        for (int p = 0; p < CK_WINOGRAD_POINTS; p++)
          packed[(((size_t)(first / 16) * CK_WINOGRAD_POINTS + (size_t)p) * CK_WINOGRAD_TAPS +
                  (size_t)kx) *
                     16 +
                 (size_t)c] = (float)out[p];
      }
}
