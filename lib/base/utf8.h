/* utf8.h - validation of UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
#ifndef TKI_BASE_UTF8_H
#define TKI_BASE_UTF8_H

#include "base/str.h"

/* The number of leading bytes that are valid UTF-8: n when all are. */
size_t tki_utf8_valid(const char *p, size_t n);
/* The code point at the start of n > 0 bytes; returns how many bytes it has.  What is no character is U+FFFD, of one
 * byte.
 */
size_t tki_utf8_get(const char *p, size_t n, uint32_t *code_point);
/* Writes the code point and returns 1 to 4. */
size_t tki_utf8_put(char *to, uint32_t code_point);

/* Code points in a row, both ends among them. */
struct tki_code_range {
    uint32_t first, last;
};
/* Returns true if the code point is in one of the n ranges, which are in order. */
bool tki_code_among(const struct tki_code_range *ranges, size_t n, uint32_t code_point);

#endif
