#include "base/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/time.h"

#define FOLDER "/usr/share/zoneinfo"
enum { FILE_MAX = 1 << 20, HEADER = 44, DAY_S = 86400 };

struct kind { /* of offset */
    int32_t seconds;
    bool dst;
    const char *name;
};

struct rule {  /* when a change happens in a year, by the clock before it */
    char form; /* M: weekday of a month, J: day without the leap day, D: day from 0 on */
    int month, week, day;
    int32_t time;
};

struct tki_zone {
    char *text; /* the file */
    size_t nchanges, nkinds;
    int64_t *at;
    unsigned char *which;
    struct kind *kind;
    /* Behind the last change: names and offsets of standard and summer time, and when these begin. */
    bool has_rule, has_summer;
    struct kind standard, summer;
    char names[2][TKI_ZONE_NAME_MAX + 1];
    struct rule begins, ends;
};

/* ---- the rule in the footer ---- */

static bool number(const char **p, int *to)
{
    const char *from = *p;
    for (*to = 0; **p >= '0' && **p <= '9' && *p - from < 4; ++*p)
        *to = *to * 10 + (**p - '0');
    return *p > from;
}

/* [+-]hh[:mm[:ss]] */
static bool offset(const char **p, int32_t *to)
{
    int part = 0, sign = **p == '-' ? -1 : 1;
    *p += **p == '-' || **p == '+';
    if (!number(p, &part))
        return false;
    *to = part * 3600;
    for (int unit = 60; **p == ':' && unit; unit /= 60) {
        ++*p;
        if (!number(p, &part))
            return false;
        *to += part * unit;
    }
    *to *= sign;
    return true;
}

static bool name(const char **p, char to[TKI_ZONE_NAME_MAX + 1])
{
    bool quoted = **p == '<';
    size_t n = 0;
    *p += quoted;
    for (; **p && n < TKI_ZONE_NAME_MAX; ++*p) {
        char c = **p;
        if (quoted ? c == '>' : !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            break;
        to[n++] = c;
    }
    to[n] = '\0';
    if (quoted && *(*p)++ != '>')
        return false;
    return n >= 3;
}

static bool rule(const char **p, struct rule *r)
{
    r->form = **p == 'M' ? 'M' : **p == 'J' ? 'J' : 'D';
    *p += r->form != 'D';
    r->time = 2 * 3600;
    if (!number(p, r->form == 'M' ? &r->month : &r->day))
        return false;
    if (r->form == 'M' && (*(*p)++ != '.' || !number(p, &r->week) || *(*p)++ != '.' || !number(p, &r->day)))
        return false;
    if (**p != '/')
        return true;
    ++*p;
    return offset(p, &r->time);
}

static bool footer(struct tki_zone *z, const char *p)
{
    if (!name(&p, z->names[0]) || !offset(&p, &z->standard.seconds))
        return false;
    z->standard.seconds = -z->standard.seconds;
    z->standard.name = z->names[0];
    z->has_rule = true;
    if (!*p)
        return true;
    z->summer.seconds = z->standard.seconds + 3600;
    if (!name(&p, z->names[1]))
        return false;
    if (*p != ',') {
        if (!offset(&p, &z->summer.seconds))
            return false;
        z->summer.seconds = -z->summer.seconds;
    }
    z->summer.name = z->names[1];
    z->has_summer = *p++ == ',' && rule(&p, &z->begins) && *p++ == ',' && rule(&p, &z->ends) && !*p;
    return z->has_summer;
}

static bool leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The second of the year at which the change comes, of UTC. */
static int64_t second_of_year(int64_t year, const struct rule *r, int32_t before)
{
    int64_t first = tki_days_of_date(year, 1, 1), day = r->day;
    if (r->form == 'J') {
        day = r->day - 1 + (leap(year) && r->day >= 60);
    } else if (r->form == 'M') {
        int64_t month = tki_days_of_date(year, (unsigned)r->month, 1);
        int64_t next =
            r->month == 12 ? tki_days_of_date(year + 1, 1, 1) : tki_days_of_date(year, (unsigned)r->month + 1, 1);
        int64_t weekday = ((month + 4) % 7 + 7) % 7; /* 1970 began with a Thursday */
        day = month + (r->day - weekday + 7) % 7 + 7 * (r->week - 1);
        while (day >= next)
            day -= 7;
        day -= first;
    }
    return day * DAY_S + r->time - before;
}

static void set(struct tki_zone_offset *to, const struct kind *k, int64_t since, int64_t until)
{
    to->seconds = k->seconds;
    snprintf(to->name, sizeof to->name, "%s", k->name);
    to->since = since;
    to->until = until;
}

static void by_rule(const struct tki_zone *z, int64_t last, int64_t sec, struct tki_zone_offset *to)
{
    if (!z->has_summer) {
        set(to, &z->standard, last, INT64_MAX);
        return;
    }
    unsigned y, month, day;
    int64_t days = sec / DAY_S - (sec % DAY_S < 0);
    tki_date_of_days(days, &y, &month, &day);
    int64_t year = tki_days_of_date(y, 1, 1) * DAY_S, in_year = sec - year;
    int64_t begins = second_of_year(y, &z->begins, z->standard.seconds),
            ends = second_of_year(y, &z->ends, z->summer.seconds);
    bool south = ends < begins;
    const struct kind *outer = south ? &z->summer : &z->standard, *inner = south ? &z->standard : &z->summer;
    int64_t from = south ? ends : begins, upto = south ? begins : ends;
    if (in_year < from)
        set(to, outer, year, year + from);
    else if (in_year >= upto)
        set(to, outer, year + upto, year + (int64_t)365 * DAY_S);
    else
        set(to, inner, year + from, year + upto);
}

/* ---- the file ---- */

static int64_t be(const char *p, int n)
{
    uint64_t x = 0;
    for (int i = 0; i < n; i++)
        x = x << 8 | (unsigned char)p[i];
    return n == 4 ? (int32_t)x : (int64_t)x;
}

struct counts {
    size_t utc, standard, leap, changes, kinds, chars;
};

static bool header(const char *p, size_t n, struct counts *c)
{
    if (n < HEADER || memcmp(p, "TZif", 4) != 0)
        return false;
    size_t *const all[] = {&c->utc, &c->standard, &c->leap, &c->changes, &c->kinds, &c->chars};
    for (int i = 0; i < 6; i++)
        *all[i] = (size_t)be(p + 20 + 4 * i, 4);
    return c->changes < 100000 && c->kinds >= 1 && c->kinds < 256 && c->chars < 10000 && c->leap < 10000 &&
           c->utc < 256 && c->standard < 256;
}

static size_t body(const struct counts *c, size_t wide)
{
    return c->changes * wide + c->changes + c->kinds * 6 + c->chars + c->leap * (wide + 4) + c->standard + c->utc;
}

/* 0, TK_EUSAGE when it is no such file, TK_ENOMEM. */
static int decode(struct tki_zone *z, size_t n)
{
    struct counts c;
    const char *p = z->text;
    size_t wide = 4;
    if (!header(p, n, &c))
        return TK_EUSAGE;
    if (p[4] >= '2') { /* the same again, with 64 bits */
        size_t skip = HEADER + body(&c, 4);
        if (skip > n || !header(p + skip, n - skip, &c))
            return TK_EUSAGE;
        p += skip;
        n -= skip;
        wide = 8;
    }
    if (n < HEADER + body(&c, wide))
        return TK_EUSAGE;
    p += HEADER;
    z->at = malloc((c.changes + 1) * sizeof *z->at);
    z->which = malloc(c.changes + 1);
    z->kind = malloc(c.kinds * sizeof *z->kind);
    if (!z->at || !z->which || !z->kind)
        return TK_ENOMEM;
    const char *names = p + c.changes * (wide + 1) + c.kinds * 6;
    for (size_t i = 0; i < c.changes; i++) {
        z->at[i] = be(p + i * wide, (int)wide);
        z->which[i] = (unsigned char)p[c.changes * wide + i];
        if (z->which[i] >= c.kinds)
            return TK_EUSAGE;
    }
    for (size_t i = 0; i < c.kinds; i++) {
        const char *k = p + c.changes * (wide + 1) + i * 6;
        size_t at = (unsigned char)k[5];
        if (at >= c.chars || !memchr(names + at, '\0', c.chars - at))
            return TK_EUSAGE;
        z->kind[i] = (struct kind){(int32_t)be(k, 4), k[4] != 0, names + at};
    }
    z->nchanges = c.changes;
    z->nkinds = c.kinds;
    const char *end = p + body(&c, wide), *stop = wide == 8 && end[0] == '\n' ? strchr(end + 1, '\n') : NULL;
    if (stop && stop > end + 1) {
        *(char *)stop = '\0';
        if (!footer(z, end + 1))
            z->has_rule = false;
    }
    return 0;
}

static int read_file(struct tki_zone *z, const char *path, size_t *n, struct tk_err *err)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return errno == ENOENT || errno == ENOTDIR ? TK_EUSAGE
                                                   : tki_err_set(err, TK_EIO, "%s: %s", path, strerror(errno));
    z->text = malloc(FILE_MAX + 1);
    *n = z->text ? fread(z->text, 1, FILE_MAX, f) : 0;
    bool failed = ferror(f) != 0;
    fclose(f);
    if (!z->text)
        return tki_err_memory(err);
    z->text[*n] = '\0';
    return failed ? TK_EUSAGE : 0;
}

int tki_zone_load(struct tki_zone **to, tk_str zone, struct tk_err *err)
{
    char path[256];
    size_t n = 0;
    *to = NULL;
    if (zone.n == 0 || TKI_STR_IS(zone, "UTC"))
        return 0;
    bool bad = zone.n > 200 || zone.p[0] == '/' || zone.p[0] == '\\' || tki_str_find(zone, '\0') != NULL;
    for (size_t i = 0; i + 1 < zone.n && !bad; i++)
        bad = zone.p[i] == '.' && zone.p[i + 1] == '.';
    struct tki_zone *z = calloc(1, sizeof *z);
    if (!z)
        return tki_err_memory(err);
    snprintf(path, sizeof path, FOLDER "/%.*s", (int)(zone.n < 200 ? zone.n : 200), zone.p);
    int rc = bad ? TK_EUSAGE : read_file(z, path, &n, err);
    if (rc == 0)
        rc = decode(z, n);
    if (rc == TK_EUSAGE)
        tki_err_set(err, rc, "no zone of time '%.*s' in " FOLDER, (int)(zone.n < 80 ? zone.n : 80), zone.p);
    else if (rc == TK_ENOMEM)
        tki_err_memory(err);
    if (rc < 0)
        tki_zone_free(z);
    else
        *to = z;
    return rc;
}

void tki_zone_free(struct tki_zone *z)
{
    if (!z)
        return;
    free(z->text);
    free(z->at);
    free(z->which);
    free(z->kind);
    free(z);
}

/* ---- asking ---- */

/* Before the first change: the first kind when no change leads to it, else a standard time. */
static const struct kind *first_kind(const struct tki_zone *z)
{
    bool used = false;
    for (size_t i = 0; i < z->nchanges; i++)
        used = used || z->which[i] == 0;
    if (!used)
        return &z->kind[0];
    if (z->nchanges && z->kind[z->which[0]].dst)
        for (size_t i = z->which[0]; i > 0; i--)
            if (!z->kind[i - 1].dst)
                return &z->kind[i - 1];
    for (size_t i = 0; i < z->nkinds; i++)
        if (!z->kind[i].dst)
            return &z->kind[i];
    return &z->kind[0];
}

void tki_zone_at(const struct tki_zone *z, int64_t sec, struct tki_zone_offset *to)
{
    if (!z) {
        *to = (struct tki_zone_offset){0, "UTC", INT64_MIN, INT64_MAX};
        return;
    }
    if (z->nchanges == 0 || sec < z->at[0]) {
        bool only = z->nchanges == 0 && z->has_rule;
        if (only)
            by_rule(z, INT64_MIN, sec, to);
        else
            set(to, first_kind(z), INT64_MIN, z->nchanges ? z->at[0] : INT64_MAX);
        return;
    }
    size_t low = 0, high = z->nchanges;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (sec < z->at[middle])
            high = middle;
        else
            low = middle;
    }
    if (high == z->nchanges && z->has_rule)
        by_rule(z, z->at[low], sec, to);
    else
        set(to, &z->kind[z->which[low]], z->at[low], high < z->nchanges ? z->at[high] : INT64_MAX);
}

bool tki_zone_named(const struct tki_zone *z, tk_str text, int64_t local_sec, int32_t *seconds)
{
    struct tki_zone_offset o;
    for (size_t i = 0; z && i < z->nkinds; i++) {
        if (!tki_str_eq(tki_str(z->kind[i].name), text))
            continue;
        tki_zone_at(z, local_sec - z->kind[i].seconds, &o);
        if (tki_str_eq(tki_str(o.name), text)) {
            *seconds = o.seconds;
            return true;
        }
    }
    for (size_t i = 0; z && i < z->nkinds; i++)
        if (tki_str_eq(tki_str(z->kind[i].name), text)) {
            *seconds = z->kind[i].seconds;
            return true;
        }
    return false;
}

int64_t tki_zone_moment(const struct tki_zone *z, int64_t local_sec)
{
    struct tki_zone_offset o;
    tki_zone_at(z, local_sec, &o);
    if (o.seconds == 0)
        return local_sec;
    int64_t utc = local_sec - o.seconds;
    if (utc < o.since || utc >= o.until) {
        tki_zone_at(z, utc, &o);
        utc = local_sec - o.seconds;
    }
    return utc;
}
