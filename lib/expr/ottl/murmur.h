/* murmur.h - MurmurHash3 with seed 0, of 32 bits, and of 128 for machines of 64 bits (Austin Appleby's algorithm). */
#ifndef TKI_OTTL_MURMUR_H
#define TKI_OTTL_MURMUR_H

#include "base/str.h"

uint32_t tki_murmur32(tk_str s);
tk_id128 tki_murmur128(tk_str s); /* hi is the first half */

#endif
