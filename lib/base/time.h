/* time.h - dates and times: Unix nanoseconds, and days since 1970, to and from texts of the Gregorian calendar, UTC. */
#ifndef TKI_BASE_TIME_H
#define TKI_BASE_TIME_H

#include "base/str.h"

int64_t tki_days_of_date(int64_t year, unsigned month, unsigned day);
void tki_date_of_days(int64_t days, unsigned *year, unsigned *month, unsigned *day); /* years from 0 on */

/* RFC 3339 or ISO 8601 "2006-01-02T15:04:05.999999999Z", with any number of decimals (those behind the ninth do not
 * count) and any zone (none is UTC), also as " UTC", " +0000 UTC" or " +0100 CET".  What comes before 1970, like the
 * zero time of Go, is 0.  false: it is no time, or one after 2554. */
bool tki_parse_time(tk_str s, uint64_t *ns);

/* Go's time.ParseDuration: "1h30m", "-1.5s", "250us", "0"; units ns, us, ms, s, m, h.  false: it is none, or one beyond
 * 64 bits of nanoseconds. */
bool tki_parse_duration(tk_str s, int64_t *ns);

/* .NET's TimeSpan: [-][d.]hh:mm:ss[.fffffff].  false: it is none, or one of more than 100,000 days. */
bool tki_parse_time_span(tk_str s, int64_t *ns);

#define TKI_TIME_CHARS 30
/* "2006-01-02T15:04:05.000000000Z", without terminator. */
void tki_fmt_time(char to[TKI_TIME_CHARS], uint64_t ns);
void tki_fmt_digits(char *to, unsigned n, uint64_t x); /* the last n decimal digits */

#endif
