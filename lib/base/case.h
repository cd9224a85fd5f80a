/* case.h - upper and lower case of characters, one to one, whatever the locale. */
#ifndef TKI_BASE_CASE_H
#define TKI_BASE_CASE_H

#include "base/str.h"

uint32_t tki_lower_of(uint32_t code_point);
uint32_t tki_upper_of(uint32_t code_point);

#endif
