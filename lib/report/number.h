/* number.h - the one style of numbers in everything that people read.
 *
 *   counts      whole, thousands separated: "2,583"
 *   measured    three significant digits, whole from 1,000 on: "0.0521", "10.6", "10,586"
 *   given       as exactly as they were given: "0.023", "8.25"
 *   times       ns, us, ms, s, then two units: "1.23 ms", "59.9 s", "1 min 30 s", "3 d 4 h"
 *   bytes       B, kB, MB, GB and so on, in powers of 1000: "999 B", "1.23 MB"; with "/s" as rates
 *   shares      "4.1 %", "97 %": one decimal below 10, never "0 %" or "100 %" for what is not whole
 *   money       "35.92", "1,234.50", "12,346"
 *
 * No number has an exponent; what is not a number is "-".  Each function writes into `to`, terminates, and returns
 * `to`.  Nothing depends on the locale.  Text is read back by cli/quantity.h.
 */
#ifndef TKI_REPORT_NUMBER_H
#define TKI_REPORT_NUMBER_H

#include "base/str.h"

#define TKI_QUANTITY_MAX 48 /* bytes that every result fits */

char *tki_count_format(char to[TKI_QUANTITY_MAX], uint64_t n);
/* The same among the arguments of a call: good to the end of the block. */
#define TKI_COUNT(n) tki_count_format((char[TKI_QUANTITY_MAX]){0}, (n))
/* What was measured.  Below 1e-12 "<0.000000000001", above 1e18 ">1,000,000,000,000,000,000". */
char *tki_number_format(char to[TKI_QUANTITY_MAX], double x);
/* What was given: the fewest digits that read back as x, between 1e-9 and 1e18. */
char *tki_exact_format(char to[TKI_QUANTITY_MAX], double x);

char *tki_size_format(char to[TKI_QUANTITY_MAX], uint64_t bytes);
char *tki_bytes_format(char to[TKI_QUANTITY_MAX], double bytes);
/* "0 s", "1.23 ms", "59.9 s", "1 min 30 s", "2 h 5 min", "3 d 4 h", "-1.23 ms". */
char *tki_duration_format(char to[TKI_QUANTITY_MAX], double ns);
/* Exactly, in the largest unit that gives a whole number: "1500ms", "2h"; reads back with tki_duration_parse. */
char *tki_duration_exact(char to[TKI_QUANTITY_MAX], int64_t ns);
/* "0 %", "4.1 %", "97 %", "100 %", ">99.9 %", "<0.1 %", "-31 %". */
char *tki_percent_format(char to[TKI_QUANTITY_MAX], double share);
/* "1,234 /s", "12.3 /s", "0.05 /s". */
char *tki_rate_format(char to[TKI_QUANTITY_MAX], double per_second);
/* "12.3 MB/s". */
char *tki_byte_rate_format(char to[TKI_QUANTITY_MAX], double bytes_per_second);
/* Without the sign of the currency: "35.92", "<0.01". */
char *tki_dollars_format(char to[TKI_QUANTITY_MAX], double dollars);
/* RFC 3339, UTC, nine decimals: "2024-05-01T12:00:00.250000000Z". */
char *tki_time_format(char to[TKI_QUANTITY_MAX], uint64_t ns);
/* Likewise by clocks that are so far ahead: "2024-05-01T14:00:00.250000000+02:00". */
char *tki_time_format_east(char to[TKI_QUANTITY_MAX], uint64_t ns, int64_t east_s);
/* n with "one" or "many": tki_plural(n, "span", "spans"). */
static inline const char *tki_plural(uint64_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

#endif
