/* quantity.h - quantities with units, to and from the text that people write and read.
 *
 * A parser takes the whole text or refuses it: false, and the result is untouched.  Whole results (bytes, ns)
 * are exact, never through a double; a value that is no whole number of them, or out of range, is refused.
 * A formatter writes into `to`, terminates, and returns `to`.  Nothing depends on the locale.
 */
#ifndef TKI_CLI_QUANTITY_H
#define TKI_CLI_QUANTITY_H

#include "base/str.h"

/* "1000", "64KB" (powers of 1000: K or KB, M or MB, G or GB, T or TB), "64KiB" (powers of 1024), "1.5GB".
 * Case of the unit is free. */
bool tki_size_parse(tk_str s, uint64_t *bytes);
/* "1.5s", "250ms", "10us", "3m", "2h", "7d", "20ns", "1h30m"; "0".  A number without unit is refused. */
bool tki_duration_parse(tk_str s, int64_t *ns);
/* "1000", "1000/s", "60/m" or "60/min", "3600/h", "1/d"; per second. */
bool tki_rate_parse(tk_str s, double *per_second);
/* "10%", "0.1"; 0 to 1. */
bool tki_share_parse(tk_str s, double *share);
/* RFC 3339 "2024-05-01T12:00:00.25Z", "2024-05-01 12:00:00+02:00"; "2024-05-01" is midnight UTC;
 * "@1714564800.5" is Unix time in seconds; "1714564800000000000" in nanoseconds.  From 1970 to 2554. */
bool tki_time_parse(tk_str s, uint64_t *ns);

#define TKI_QUANTITY_MAX 48 /* bytes that every formatter's result fits */

/* Three significant digits: "999 B", "1.23 MB", "12.3 GB". */
char *tki_size_format(char to[TKI_QUANTITY_MAX], uint64_t bytes);
/* Three significant digits: "0 s", "1.23 ms", "59.9 s", then "1 min 30 s", "2 h 5 min", "3 d 4 h"; "-1.23
 * ms". */
char *tki_duration_format(char to[TKI_QUANTITY_MAX], double ns);
/* Exactly, in the largest unit that gives a whole number: "1500ms", "2h"; reads back with
 * tki_duration_parse. */
char *tki_duration_exact(char to[TKI_QUANTITY_MAX], int64_t ns);
/* "1,234,567". */
char *tki_count_format(char to[TKI_QUANTITY_MAX], uint64_t n);
/* "0 %", "4.1 %", "97 %", "100 %": one decimal below 10, and never "100 %" or "0 %" for what is not whole:
 * ">99.9 %", "<0.1 %".  NaN: "-". */
char *tki_percent_format(char to[TKI_QUANTITY_MAX], double share);
/* "1,234 /s", "12.3 /s", "0.05 /s". */
char *tki_rate_format(char to[TKI_QUANTITY_MAX], double per_second);
/* RFC 3339, UTC, nine decimals: "2024-05-01T12:00:00.250000000Z". */
char *tki_time_format(char to[TKI_QUANTITY_MAX], uint64_t ns);
/* n with "one" or "many": tki_plural(n, "span", "spans"). */
static inline const char *tki_plural(uint64_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

#endif
