/* moment.h - moments as people type them: a date, a time of day, or how long before the end of the input; and the zone
 * that their clock shows.
 *
 * A moment is read without knowing the input, and becomes a time (ns of Unix time) when the input is known.
 */
#ifndef TKI_CLI_MOMENT_H
#define TKI_CLI_MOMENT_H

#include "base/str.h"

enum tki_moment_of {
    TKI_MOMENT_UNIX,  /* ns of Unix time */
    TKI_MOMENT_LOCAL, /* likewise, as if the clock of the zone showed UTC */
    TKI_MOMENT_BACK,  /* ns before the last start of a span */
    TKI_MOMENT_CLOCK, /* ns since midnight, of the day of the input */
};

struct tki_moment {
    uint8_t of; /* enum tki_moment_of */
    uint64_t ns;
};

/* Seconds that the clocks of a zone are ahead of UTC at a moment.  NULL: the zone is UTC. */
typedef int64_t tki_east(uint64_t unix_s);

/* "2026-05-01T12:00:00.5Z", "2026-05-01 12:00" (the zone is --tz), "2026-05-01", "12:00", "-90s", "@1714564800.5", or
 * Unix time of 10, 13, 16 or 19 digits.  false: the text is none of these, and *m is untouched. */
bool tki_moment_parse(tk_str s, struct tki_moment *m);
/* Returns true if only the input tells what time that is. */
bool tki_moment_asks(const struct tki_moment *m);
/* The time, for spans that start from first_ns to last_ns (not looked at unless the moment asks).  A time of day is the
 * one within these, or nearest to them.  Returns 0, or TK_EUSAGE with err->text when it is within them on several
 * days. */
int tki_moment_ns(const struct tki_moment *m, tki_east *east, uint64_t first_ns, uint64_t last_ns, uint64_t *ns,
                  struct tk_err *err);

/* The zone of that name: local, UTC, +02:00, or a name of the system's data such as Europe/Berlin; NULL: UTC.  Sets
 * *east (NULL: UTC), and the zone of this process (TZ) to it: once, before threads start.  Returns 0, or TK_EUSAGE
 * with err->text. */
int tki_zone_set(const char *name, tki_east **east, struct tk_err *err);

#endif
