/* width.h - how many columns of a terminal a character takes. */
#ifndef TKI_BASE_WIDTH_H
#define TKI_BASE_WIDTH_H

#include <stdint.h>

/* 0, 1 or 2; controls 0. */
unsigned tki_char_width(uint32_t code_point);

#endif
