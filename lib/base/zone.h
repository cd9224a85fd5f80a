/* zone.h - zones of time, from the system's database of them (TZif, RFC 9636).
 *
 * The folder is /usr/share/zoneinfo.  A zone is constant once it is loaded, and may be shared between threads. */
#ifndef TKI_BASE_ZONE_H
#define TKI_BASE_ZONE_H

#include "base/str.h"

struct tki_zone;

enum { TKI_ZONE_NAME_MAX = 15 };

struct tki_zone_offset {              /* what a zone has at some moment */
    int32_t seconds;                  /* east of UTC */
    char name[TKI_ZONE_NAME_MAX + 1]; /* "CET" */
    int64_t since, until;             /* seconds since 1970; INT64_MIN and INT64_MAX where nothing is known */
};

/* By a name such as "Europe/Berlin"; "UTC" and "" are always known.  TK_EUSAGE: there is no such zone; TK_EIO with the
 * path: it cannot be read; TK_ENOMEM.  A name with .. or a leading slash is none. */
int tki_zone_load(struct tki_zone **to, tk_str name, struct tk_err *err);
void tki_zone_free(struct tki_zone *z); /* NULL is allowed */

/* At a moment; z NULL is UTC. */
void tki_zone_at(const struct tki_zone *z, int64_t sec, struct tki_zone_offset *to);
/* The offset that a name such as "CEST" stands for at a moment, given as local time; returns false if the zone has no
 * such name. */
bool tki_zone_named(const struct tki_zone *z, tk_str name, int64_t local_sec, int32_t *seconds);
/* The moment at which clocks of the zone show a time, which is given as if it were UTC. */
int64_t tki_zone_moment(const struct tki_zone *z, int64_t local_sec);

#endif
