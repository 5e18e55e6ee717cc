// The shapes of AMX's tiles; not for users.
#ifndef DLVIDEO_CK_AMX_TILES_H
#define DLVIDEO_CK_AMX_TILES_H

#include <stdint.h>

#define AMX_ROWS 16
#define AMX_LANES 16  // of four bytes, in a tile's row

/// What LDTILECFG reads; palette is 1.
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} ck_tile_shapes;

static inline void ck_tile_shape(ck_tile_shapes *shapes, int tile, int rows, int lanes) {
  shapes->rows[tile] = (uint8_t)rows;
  shapes->row_bytes[tile] = (uint16_t)(lanes * 4);
}

#endif
