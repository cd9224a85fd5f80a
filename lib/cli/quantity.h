/* quantity.h - quantities with units, from the text that people write; report/number.h is the way back.
 *
 * A parser takes the whole text or refuses it: false, and the result is untouched.  Whole results (bytes, ns)
 * are exact, never through a double; a value that is no whole number of them, or out of range, is refused.
 * Nothing depends on the locale.
 */
#ifndef TKI_CLI_QUANTITY_H
#define TKI_CLI_QUANTITY_H

#include "base/str.h"

/* "1000", "64KB" (powers of 1000: K or KB, M or MB, G or GB, T or TB), "64KiB" (powers of 1024), "1.5GB".
 * Case of the unit is free. */
bool tki_size_parse(tk_str s, uint64_t *bytes);
/* "1.5s", "250ms", "10us", "3m", "2h", "7d", "2w", "20ns", "1h30m"; "0".  Units of a second and more may be spelled
 * out: "2 weeks", "30days", "90 minutes".  A number without unit is refused. */
bool tki_duration_parse(tk_str s, int64_t *ns);
/* "1000", "1,000", "1k", "1.5M", "1000/s", "60/m" or "60/min", "3600/h", "1/d"; per second. */
bool tki_rate_parse(tk_str s, double *per_second);
/* "10%", "0.1"; 0 to 1. */
bool tki_share_parse(tk_str s, double *share);
/* RFC 3339 "2024-05-01T12:00:00.25Z", "2024-05-01 12:00:00+02:00"; "2024-05-01" is midnight UTC;
 * "@1714564800.5" is Unix time in seconds.  A number alone is Unix time, too, and its digits before the point say in
 * which unit: 10 are seconds, 13 milliseconds, 16 microseconds, 19 nanoseconds, which is every time from 2001 to 2286;
 * other numbers are refused.  From 1970 to 2554. */
bool tki_time_parse(tk_str s, uint64_t *ns);
/* Returns the digits before the point of a number alone, 0 if the text is no such number: for the message about a
 * time that tki_time_parse refused. */
size_t tki_time_digits(tk_str s);

#endif
