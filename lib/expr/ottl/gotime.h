/* gotime.h - times to and from text by a layout, as Go's package time has them: the layout shows how the second of
 * January 2006 is written ("2006-01-02 15:04:05"). */
#ifndef TKI_OTTL_GOTIME_H
#define TKI_OTTL_GOTIME_H

#include "base/buf.h"
#include "base/zone.h"

struct tki_gotime {
    int64_t sec; /* since 1970 */
    uint32_t ns;
    int32_t zone;                          /* seconds east of UTC */
    char zone_name[TKI_ZONE_NAME_MAX + 1]; /* "" when the text had only an offset */
    int64_t year;                          /* as it was read; 0 when the text has none */
};

struct tki_gotime_fault { /* what could not be read */
    tk_str element;       /* of the layout; empty: the text as a whole */
    tk_str rest;          /* of the text, from there on */
};

struct tki_gotime_names { /* of a language; short and long ones; from Sunday and from January on */
    const char *locale;
    const char *short_days[7], *days[7], *short_months[12], *months[12];
    const char *halves[2]; /* of the day; NULL: the language has none */
};
extern const struct tki_gotime_names tki_gotime_languages[]; /* ended by one without locale */

/* Times without a zone are in this one; NULL is UTC.  names NULL: English.  Returns false and fills *fault if the text
 * is no such time. */
bool tki_gotime_parse(tk_str layout, tk_str text, const struct tki_zone *zone, const struct tki_gotime_names *names,
                      struct tki_gotime *to, struct tki_gotime_fault *fault);

/* Returns true if the layout asks for something of a time, and is not mere text. */
bool tki_gotime_asks(tk_str layout);

/* Returns false if the layout asks for the name of a zone that has none. */
bool tki_gotime_format(struct tki_buf *to, tk_str layout, const struct tki_gotime *t);

#endif
