// The overlay's font, a small atlas of anti-aliased bitmaps.
#ifndef DLVIDEO_CK_OVERLAY_FONT_H
#define DLVIDEO_CK_OVERLAY_FONT_H

/// The atlas in base64, zero-terminated; its format is described in Tools/font/make_font.py.
const char *ck_overlay_font(void);

#endif
