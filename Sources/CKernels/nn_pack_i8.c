#include "nn_internal.h"

// Weights come as whole numbers in -127...127, held in floats: who quantises knows the scales.

// As VPDPBUSD takes them.
#define ELEMENT int8_t
#define UNIT 4
#define NAME(x) x##_i8
#include "nn_pack_whole.inc"

// As VPMADDWD takes them.
#define ELEMENT int16_t
#define UNIT 2
#define NAME(x) x##_i16
#include "nn_pack_whole.inc"
