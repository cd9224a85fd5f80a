/* go_number.h - numbers as Go's strconv reads them, for what programs written in Go read from text.
 *
 * ParseInt takes a sign, and with base 0 the prefixes 0x, 0b, 0o, 0 and _ between digits.  ParseFloat takes decimal
 * digits, hexadecimal ones with a p exponent, _ between digits, inf, infinity and nan in any case, and refuses what is
 * beyond a double.  No spaces.  Text of 1,023 characters and more is refused as a float.
 */
#ifndef TKI_BASE_GO_NUMBER_H
#define TKI_BASE_GO_NUMBER_H

#include "base/str.h"

/* Returns NULL, or what is wrong with the text. */
const char *tki_go_parse_int(tk_str s, int base, int64_t *to);
/* Returns true if the text is a number. */
bool tki_go_parse_float(tk_str s, double *to);

#endif
