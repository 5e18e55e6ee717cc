// SIMD kernels in C. One public header; each operation has a table entry per
// instruction set, filled once from the CPU's features (see cpu.h).
#ifndef DLVIDEO_CKERNELS_H
#define DLVIDEO_CKERNELS_H

#include "allocation.h"
#include "cpu.h"
#include "nn.h"
#include "overlay.h"
#include "overlay_font.h"
#include "panoptic.h"
#include "peak.h"

#endif
