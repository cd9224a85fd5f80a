/* charsets.h - character sets that Decode reads, beyond those that UTF-8 or UTF-16 name. */
#ifndef TKI_OTTL_CHARSETS_H
#define TKI_OTTL_CHARSETS_H

#include "base/str.h"

struct tki_charset {
    const char *names;  /* lower case, with spaces between them */
    uint16_t high[128]; /* the characters of the bytes from 0x80 on */
};
extern const struct tki_charset tki_charsets[]; /* ended by one without names */

#endif
