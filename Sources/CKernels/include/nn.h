// Neural-network kernels: pointwise (GEMM) and depthwise convolutions on rows of pixels.
//
// Feature maps are NHWC. An element is a float, or a bfloat16 held in a uint16_t, with float sums;
// or a uint8_t q that stands for (q - zero point) * scale, with int32_t sums. A table (ck_nn) holds
// one function per operation for one element type and one instruction set.
#ifndef DLVIDEO_CK_NN_H
#define DLVIDEO_CK_NN_H

#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

/// Columns of a packed weight panel.
#define CK_PANEL 32

/// A few channels of some pixels.
typedef struct {
  const void *first;  ///< NULL for none.
  size_t bytes;       ///< Of a pixel.
  size_t stride;      ///< Bytes from pixel to pixel.
  int count;
} ck_slices;

/// Memory that is read or written soon after a kernel has run, which it fetches into L2 meanwhile.
typedef struct {
  const void *rows;  ///< In one piece, NULL for none.
  size_t row_bytes;
  ck_slices slices[2];
} ck_upcoming;

/// What happens to a sum before it is stored: + bias, + residual, clamped to lo...hi.
typedef struct {
  const float *bias;       ///< One value a column, readable up to a multiple of CK_PANEL.
  const void *residual;    ///< Same element type and shape as the output, or NULL.
  size_t residual_stride;  ///< Elements from row to row of the residual.
  float lo, hi;            ///< -INFINITY, INFINITY for none.
  const void *next;        ///< The panel that the next product begins with, if any: to be fetched.
  ck_upcoming upcoming;
  // Only for uint8_t, where lo and hi are not read, since 0...255 is the activation's range:
  // sum * multiplier + bias + residual * residual_scale, rounded to nearest even, is stored (0 for
  // what is no number).
  const int32_t *start;     ///< What a column's sum begins with; readable as bias.
  const float *multiplier;  ///< Readable as bias.
  float residual_scale;
} ck_epilogue;

/// C[m][n] = epilogue(A[m][k] * B[k][n]).
///
/// A and C have their row strides in elements. B is packed (ck_nn.pack): panels of CK_PANEL
/// columns, each k-major, zero-padded to whole panels. For bfloat16 an odd k reads one element
/// more of each row of A, which must be finite; for uint8_t k is rounded up to whole fours in the
/// same way, and it does not matter what is read.
typedef void (*ck_gemm)(const void *a, size_t a_stride, const void *packed, void *c,
                        size_t c_stride, int m, int n, int k, const ck_epilogue *epilogue);

/// One or two output rows of a depthwise convolution. Two share the loads of the input rows that
/// both read; they lie `dilation` rows apart.
///
/// rows: the input rows, `dilation` rows apart (with stride 2, neighbours): `kernel` of them, or
/// `kernel + stride` for two output rows. Each points to the pixel that the first tap of output 0
/// reads (so the caller provides the zero padding left and right); NULL rows are outside and count
/// as zero.
/// weights: packed (ck_nn.pack_depthwise). bias: float, readable up to a multiple of 16.
typedef struct {
  const void *const *rows;
  const void *weights;
  const float *bias;
  void *out[2];       ///< The second is NULL for one row.
  size_t in_stride;   ///< Elements from pixel to pixel of the input.
  size_t out_stride;  ///< Elements from pixel to pixel of the output.
  int width;          ///< Output pixels.
  int channels;
  int kernel;  ///< 3, 5 or 7.
  int stride;  ///< 1 or 2 (2 only with dilation 1).
  int dilation;
  float lo, hi;
  ck_upcoming upcoming;  ///< Its slices are fetched.
  // Only for uint8_t, as in ck_epilogue. NULL rows count as zero_point.
  const int32_t *start;
  const float *multiplier;
  int zero_point;
} ck_depthwise_rows;

#define CK_STEM_COLUMNS(width) (2 * (width) + 3)
#define CK_STEM_WINDOW 75
#define CK_STEM_STEP 30

/// Columns of the input of a 5x5 convolution, stride 2, of RGB24 rows: [CK_STEM_COLUMNS(width)][5
/// rows][3 colours], as x * scale + offset, from two columns left of the picture on; what lies
/// outside is zero. For uint8_t they stay as they are, `outside` outside. The window of output x is
/// row x of a GEMM's A: CK_STEM_WINDOW elements, CK_STEM_STEP from row to row.
typedef struct {
  const uint8_t *rows[5];  ///< NULL outside
  int in_width;
  int width;  ///< Output pixels, in_width / 2 rounded up.
  float scale, offset;
  uint8_t outside;
  void *out;
} ck_stem_row;

/// What Strassen's algorithm in Winograd's form multiplies besides the quarters x11, x12, x21 and
/// x22 of a matrix: s1 = x21 + x22, s2 = s1 - x11, s3 = x11 - x21, s4 = x12 - s2; `count` elements
/// of a row.
typedef struct {
  const float *x11, *x12, *x21, *x22;
  float *s1, *s2, *s3, *s4;
  size_t count;
} ck_strassen_sums;

/// sum = a + b, of `count` elements.
typedef struct {
  const float *a, *b;
  float *sum;
  size_t count;
} ck_strassen_added;

/// The quarter of Strassen's product that no product completes: clamp(third + (second - u2) +
/// bias). What is added lies in rows of CK_PANEL columns.
typedef struct {
  const float *u2, *second, *third, *bias;
  float lo, hi;
  float *out;
  size_t out_stride;
  int count;  ///< Rows.
  int columns;
} ck_strassen_last;

/// Rows of the input of 7x7 depthwise convolutions with stride 1, transformed for four output rows
/// at once by Winograd's algorithm F(4, 7) along y: ten products where four sums of seven have 28.
/// Several convolutions of one input share the transform.
///
/// out: [group of 16 channels][CK_WINOGRAD_POINTS][columns][16], floats whatever the element.
typedef struct {
  const void *rows[10];  ///< Their pixel in column 0; NULL rows are outside and count as zero.
  size_t in_stride;      ///< Elements from pixel to pixel.
  int columns;           ///< Output pixels and six more.
  int channels;
  float *out;
} ck_winograd_input;

#define CK_WINOGRAD_POINTS 10
#define CK_WINOGRAD_ROWS 4

/// Up to four output rows from a transformed input.
typedef struct {
  const float *in;              ///< As in ck_winograd_input.
  const float *weights;         ///< From ck_pack_winograd.
  const float *bias;            ///< Readable up to a multiple of 16.
  void *out[CK_WINOGRAD_ROWS];  ///< Rows that are NULL are left out.
  size_t out_stride;            ///< Elements from pixel to pixel of the output.
  int width;                    ///< Output pixels.
  int channels;
  float lo, hi;
} ck_winograd_rows;

/// Floats of the packed weights of so many channels.
size_t ck_packed_winograd_count(int channels);
/// Packs float [7 * 7][channels], to floats whatever the element.
void ck_pack_winograd(const float *weights, int channels, float *packed);

typedef struct {
  const char *name;
  ck_isa isa;
  size_t element_size;
  bool fetches;  ///< Whether its products fetch what is upcoming; else that is the caller's.
  /// Bytes of a packed k x n matrix.
  size_t (*packed_size)(int k, int n);
  /// Packs row-major float B[k][n] with the given row stride.
  void (*pack)(const float *b, size_t b_stride, int k, int n, void *packed);
  ck_gemm gemm;
  /// As gemm, with float output (and no residual).
  ck_gemm gemm_float_out;
  /// Bytes of packed depthwise weights. The weights of channels c and on lie at the byte that this
  /// is for c channels, where c is a multiple of CK_PANEL, and can be used by themselves.
  size_t (*packed_depthwise_size)(int kernel, int channels);
  /// Packs float [kernel * kernel][channels].
  void (*pack_depthwise)(const float *weights, int kernel, int channels, void *packed);
  void (*depthwise)(const ck_depthwise_rows *rows);
  void (*stem)(const ck_stem_row *row);
  /// Adds `count` pixels to sums[channels] (float); those of uint8_t are added up as int32_t first.
  void (*accumulate)(const void *pixels, size_t stride, int count, int channels, float *sums);
  void (*from_float)(const float *in, void *out, size_t count);
  void (*to_float)(const void *in, float *out, size_t count);
  /// Only for float.
  void (*strassen_sums)(const ck_strassen_sums *row);
  void (*strassen_added)(const ck_strassen_added *rows);
  void (*strassen_last)(const ck_strassen_last *rows);
  /// Where convolutions are computed in floats, but for the portable versions; else NULL.
  void (*winograd_input)(const ck_winograd_input *input);
  void (*winograd_rows)(const ck_winograd_rows *rows);
} ck_nn;

/// The kernels for an element type at an instruction set level, or at the highest level below
/// it that has any. They must not be called on a CPU of a lower level.
const ck_nn *ck_nn_f32(ck_isa isa);
const ck_nn *ck_nn_bf16(ck_isa isa);
/// All versions give the very same numbers.
const ck_nn *ck_nn_i8(ck_isa isa);

#endif
