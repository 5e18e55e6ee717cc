// The points of Winograd's algorithm F(4, 7): 0, four pairs +a and -a, and infinity.
//
// The pairs were chosen among many for the least error: with them the largest of 16000 outputs' is
// 1.1e-5 of the outputs' mean size, 1.2e-6 in the mean square; with the usual 1, 2, 1/2, 4 it is
// 6e-5 and 4e-6. (The plain sums have 1.5e-6 and 1.3e-7.)
#ifndef DLVIDEO_CK_NN_WINOGRAD_H
#define DLVIDEO_CK_NN_WINOGRAD_H

#define CK_WINOGRAD_PAIRS 4
#define CK_WINOGRAD_TAPS 7

static const double ck_winograd_point[CK_WINOGRAD_PAIRS] = {0.4, 0.8, 1.25, 1.7};

// Coefficients of the product of (t - b^2) over the pairs +-b but `without`, of t^0 and on. The
// last one, 1, is at 4 with all pairs (`without` < 0) and at 3 without one.
static inline __attribute__((always_inline)) void ck_winograd_product(int without, double c[5]) {
  c[0] = 1;
  int degree = 0;
#pragma clang loop unroll(full)
  for (int i = 0; i < CK_WINOGRAD_PAIRS; i++) {
    if (i == without) continue;
    const double square = ck_winograd_point[i] * ck_winograd_point[i];
    c[degree + 1] = c[degree];
#pragma clang loop unroll(full)
    for (int k = degree; k > 0; k--) c[k] = c[k - 1] - square * c[k];
    c[0] *= -square;
    degree++;
  }
}

#endif
