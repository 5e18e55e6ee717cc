#include "nn_internal.h"

size_t ck_packed_size_f32(int k, int n) {
  return (size_t)ck_ceil_div(n, CK_PANEL) * (size_t)k * CK_PANEL * sizeof(float);
}

void ck_pack_f32(const float *b, size_t b_stride, int k, int n, void *packed) {
  float *out = packed;
  for (int j0 = 0; j0 < n; j0 += CK_PANEL)
    for (int p = 0; p < k; p++)
      for (int j = j0; j < j0 + CK_PANEL; j++)
        *out++ = j < n ? b[(size_t)p * b_stride + (size_t)j] : 0.0f;
}

void ck_pack_bf16_to_f32(const float *b, size_t b_stride, int k, int n, void *packed) {
  ck_pack_f32(b, b_stride, k, n, packed);
  float *values = packed;
  for (size_t i = 0; i < ck_packed_size_f32(k, n) / sizeof(float); i++)
    values[i] = bf16_to_float(float_to_bf16(values[i]));
}

size_t ck_packed_size_bf16(int k, int n) {
  return (size_t)ck_ceil_div(n, CK_PANEL) * (size_t)ck_ceil_div(k, 2) * CK_PANEL * 2 *
         sizeof(uint16_t);
}

// Pairs of rows interleaved, as VDPBF16PS takes them: [panel][k / 2][column][2].
void ck_pack_bf16(const float *b, size_t b_stride, int k, int n, void *packed) {
  uint16_t *out = packed;
  for (int j0 = 0; j0 < n; j0 += CK_PANEL)
    for (int p = 0; p < k; p += 2)
      for (int j = j0; j < j0 + CK_PANEL; j++)
        for (int q = p; q < p + 2; q++)
          *out++ = j < n && q < k ? float_to_bf16(b[(size_t)q * b_stride + (size_t)j]) : 0;
}

static size_t round_up_16(int channels) { return ((size_t)channels + 15) / 16 * 16; }

size_t ck_packed_depthwise_size_f32(int kernel, int channels) {
  return (size_t)(kernel * kernel) * round_up_16(channels) * sizeof(float);
}

void ck_pack_depthwise_f32(const float *weights, int kernel, int channels, void *packed) {
  float *out = packed;
  for (int c0 = 0; c0 < channels; c0 += CK_PANEL) {
    const int end = c0 + (int)ck_group_channels((size_t)c0, (size_t)channels);
    for (int tap = 0; tap < kernel * kernel; tap++)
      for (int c = c0; c < end; c++)
        *out++ = c < channels ? weights[(size_t)tap * (size_t)channels + (size_t)c] : 0.0f;
  }
}

size_t ck_packed_depthwise_size_bf16(int kernel, int channels) {
  return (size_t)(2 * ck_ceil_div(kernel, 2) * kernel) * round_up_16(channels) * 2 *
         sizeof(uint16_t);
}

void ck_pack_depthwise_bf16(const float *weights, int kernel, int channels, void *packed) {
  uint16_t *out = packed;
  for (int c0 = 0; c0 < channels; c0 += CK_PANEL) {
    const int end = c0 + (int)ck_group_channels((size_t)c0, (size_t)channels);
    for (int shift = 0; shift < 2; shift++)
      for (int first = -shift; first < kernel; first += 2)
        for (int kx = 0; kx < kernel; kx++)
          for (int c = c0; c < end; c++)
            for (int ky = first; ky < first + 2; ky++)
              *out++ = c < channels && ky >= 0 && ky < kernel
                           ? float_to_bf16(
                                 weights[(size_t)(ky * kernel + kx) * (size_t)channels + (size_t)c])
                           : 0;
  }
}
