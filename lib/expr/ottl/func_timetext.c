/* Time(text, format, location, locale) and FormatTime(time, format): formats in the letters of strptime. */
#include "base/err.h"
#include "expr/ottl/func.h"
#include "expr/ottl/gotime.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

enum { LAYOUT_MAX = 1000, PIECES_MAX = 16, WAYS_MAX = 3 };

/* What a letter is in a layout of Go: to write, and to read since 0.160, where numbers may lack their zeros.  Pieces of
 * a way to read are told apart, because a space may stand in front of each. */
struct letter {
    char letter;
    const char *native;
    const char *way[WAYS_MAX]; /* pieces between | */
};

static const struct letter letters[] = {
    {'Y', "2006", {0}},
    {'y', "06", {0}},
    {'m', "01", {"1"}},
    {'o', "_1", {"1"}},
    {'q', "1", {"1"}},
    {'b', "Jan", {0}},
    {'h', "Jan", {0}},
    {'B', "January", {0}},
    {'d', "02", {"2"}},
    {'e', "_2", {"2"}},
    {'g', "2", {"2"}},
    {'a', "Mon", {0}},
    {'A', "Monday", {0}},
    {'H', "15", {0}},
    {'l', "3", {0}},
    {'I', "03", {"3"}},
    {'p', "PM", {0}},
    {'P', "pm", {0}},
    {'M', "04", {"4"}},
    {'S', "05", {"5"}},
    {'L', "999", {0}},
    {'f', "999999", {0}},
    {'s', "999999999", {0}},
    {'Z', "MST", {0}},
    {'z', "Z0700", {"Z0700", "Z07:00", "Z07"}},
    {'w', "-070000", {0}},
    {'i', "-07", {0}},
    {'j', "-07:00", {0}},
    {'k', "-07:00:00", {0}},
    {'D', "01/02/2006", {"1|/|2|/|2006", "1|/|2|/|06"}},
    {'x', "01/02/2006", {"1|/|2|/|2006", "1|/|2|/|06"}},
    {'F', "2006-01-02", {"2006|-|1|-|2"}},
    {'T', "15:04:05", {"15|:|4|:|5"}},
    {'X', "15:04:05", {"15|:|4|:|5"}},
    {'r', "03:04:05 pm", {"3|:|4|:|5| |pm"}},
    {'R', "15:04", {"15|:|4"}},
    {'n', "\n", {0}},
    {'t', "\t", {0}},
    {'%', "%", {0}},
    {'c', "Mon Jan 02 15:04:05 2006", {"Mon| |Jan| |2| |15|:|4|:|5| |2006"}},
};

static const struct letter *find_letter(char c)
{
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].letter == c)
            return &letters[i];
    return NULL;
}

/* A letter follows % where there is a character that is no line break; it may be one of several bytes, and is none of
 * ours then. */
static bool is_directive(tk_str s, size_t i)
{
    return s.p[i] == '%' && i + 1 < s.n && s.p[i + 1] != '\n';
}

/* ---- formats ---- */

struct format {
    tk_str text, native;
    struct tki_zone *zone; /* NULL: UTC */
    const struct tki_gotime_names *names;
    bool flexible;
};

static int native_layout(struct tki_ottl_open *o, const node *at, tk_str s, tk_str *to)
{
    char *p = tki_arena_alloc(o->arena, 13 * s.n + 1); /* of two bytes 24 become */
    size_t n = 0;
    if (!p)
        return tki_err_memory(o->err);
    for (size_t i = 0; i < s.n; i++) {
        if (!is_directive(s, i)) {
            p[n++] = s.p[i];
            continue;
        }
        const struct letter *l = find_letter(s.p[++i]);
        if (!l)
            return tki_ottl_refuse(o, at, "no such letter of a format of times: %%%c",
                                   s.p[i] > ' ' && s.p[i] < 0x7f ? s.p[i] : '?');
        tk_str native = tki_str(l->native);
        memcpy(p + n, native.p, native.n);
        n += native.n;
    }
    *to = (tk_str){p, n};
    return 0;
}

/* What is refused since 0.160. */
static int validate(struct tki_ottl_open *o, const node *at, tk_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            return tki_ottl_refuse(o, at, "a format of times has no digits");
    for (size_t i = 0; i + 2 < s.n; i++)
        if (s.p[i] != '.' && s.p[i] != ',' && s.p[i + 1] == '%' && memchr("Lfs", s.p[i + 2], 3))
            return tki_ottl_refuse(o, at, "%%%c stands behind a point or a comma", s.p[i + 2]);
    return 0;
}

static int open_format(struct tki_ottl_open *o, node *n, uint32_t arg, struct format **to)
{
    const node *at = n->kid[arg];
    tk_str s = tki_ottl_const_str(n, arg, "");
    struct format *f = tki_arena_alloc(o->arena, sizeof *f);
    if (!f)
        return tki_err_memory(o->err);
    *f = (struct format){.text = s, .flexible = o->c->release >= 160};
    n->made = *to = f;
    if (s.n == 0)
        return tki_ottl_refuse(o, at, "a format of times that is empty");
    if (s.n > LAYOUT_MAX)
        return tki_err_at(o->err, TK_ELIMIT, at->at, "a format of times of more than %d bytes", LAYOUT_MAX);
    int rc = f->flexible ? validate(o, at, s) : 0;
    return rc ? rc : native_layout(o, at, s, &f->native);
}

/* ---- Time ---- */

/* The year that the text lacks is the clock's.  A layout that is mere text, as that of %s, is met by no time. */
static bool has_year(tk_str native)
{
    if (!tki_gotime_asks(native))
        return true;
    for (size_t i = 0; i + 1 < native.n; i++)
        if (tki_str_starts((tk_str){native.p + i, native.n - i}, TKI_STR("2006")) ||
            tki_str_starts((tk_str){native.p + i, native.n - i}, TKI_STR("06")))
            return true;
    return false;
}

static int open_locale(struct tki_ottl_open *o, const node *n, struct format *f)
{
    tk_str locale = tki_ottl_const_str(n, 3, "");
    if (!n->kid[3])
        return 0;
    for (f->names = tki_gotime_languages; f->names->locale; f->names++)
        if (tki_str_eq(locale, tki_str(f->names->locale)))
            return 0;
    return tki_err_at(o->err, TK_EUNSUPPORTED, n->kid[3]->at,
                      "Time in the locale '%.*s' is not evaluated by this version (known: en de es fr it nl pt)",
                      (int)(locale.n < 40 ? locale.n : 40), locale.p);
}

static int open_location(struct tki_ottl_open *o, const node *n, struct format *f)
{
    tk_str location = tki_ottl_const_str(n, 2, "");
    struct tk_err e = {0};
    int rc = tki_zone_load(&f->zone, location, &e);
    if (rc < 0)
        return rc == TK_ENOMEM ? tki_err_memory(o->err) : tki_err_at(o->err, rc, n->kid[2]->at, "%s", e.text);
    return f->zone ? tki_ottl_own_zone(o, f->zone) : 0;
}

static int time_known(struct tki_ottl_open *o, node *n)
{
    struct format *f;
    int rc = open_format(o, n, 1, &f);
    if (rc == 0)
        rc = open_location(o, n, f);
    if (rc == 0)
        rc = open_locale(o, n, f);
    if (rc == 0 && !has_year(f->native))
        rc = tki_err_at(
            o->err, TK_EUNSUPPORTED, n->kid[1]->at,
            "Time without a year takes that of the clock, so that what the collector answered cannot be said");
    return rc;
}

struct attempt { /* to read a text */
    run *r;
    const struct format *format;
    tk_str text;
    struct tki_gotime *to;
    struct tki_gotime_fault fault; /* the element as it stands in a layout, which is gone: copied */
    char element[64];
    bool over; /* an error that no other layout helps with */
};

/* Where the offset is 0 and the zone not UTC, nor since 0.153 that of the location, its name decides: the collector
 * reads again in the zone that has it. */
static bool read_in_zone(struct attempt *a, tk_str layout)
{
    struct tki_zone_offset own;
    struct tki_gotime again;
    struct tki_gotime_fault fault;
    struct tki_zone *zone;
    struct tk_err e = {0};
    if (a->to->zone != 0 || strcmp(a->to->zone_name, "UTC") == 0)
        return true;
    tki_zone_at(a->format->zone, a->to->sec, &own);
    if (a->r->release >= 153 && strcmp(a->to->zone_name, own.name) == 0)
        return true;
    if (tki_zone_load(&zone, tki_str(a->to->zone_name), &e) < 0) {
        a->over = true;
        return false;
    }
    if (tki_gotime_parse(layout, a->text, zone, a->format->names, &again, &fault))
        *a->to = again;
    tki_zone_free(zone);
    return true;
}

static bool try_layout(struct attempt *a, tk_str layout)
{
    if (tki_gotime_parse(layout, a->text, a->format->zone, a->format->names, a->to, &a->fault))
        return read_in_zone(a, layout);
    size_t n = a->fault.element.n < sizeof a->element ? a->fault.element.n : 0;
    memcpy(a->element, n ? a->fault.element.p : "", n);
    a->fault.element = (tk_str){a->element, a->fault.element.n};
    return false;
}

struct pieces {
    tk_str piece[PIECES_MAX];
    size_t n;
};

static struct pieces split(const char *way)
{
    struct pieces p = {0};
    for (const char *end; p.n < PIECES_MAX; way = end + 1) {
        end = strchr(way, '|');
        p.piece[p.n++] = (tk_str){way, end ? (size_t)(end - way) : strlen(way)};
        if (!end)
            break;
    }
    return p;
}

static bool read_from(struct attempt *a, char *layout, size_t n, size_t at);

/* One way to read a letter; failed: the piece at which it ended, or -1 when the fault is not of this letter. */
static bool read_pieces(struct attempt *a, char *layout, size_t n, size_t at, const struct pieces *p, int *failed)
{
    size_t to = n;
    for (size_t i = 0; i < p->n; i++) {
        if (to + p->piece[i].n > 12 * LAYOUT_MAX)
            return false;
        memcpy(layout + to, p->piece[i].p, p->piece[i].n);
        to += p->piece[i].n;
    }
    *failed = -1;
    if (read_from(a, layout, to, at))
        return true;
    for (size_t i = 0; i < p->n && *failed < 0 && !a->over && a->fault.element.n; i++)
        if (tki_str_eq(p->piece[i], a->fault.element))
            *failed = (int)i;
    if (*failed >= 0) { /* for the letters in front of it, it is this letter that failed */
        a->element[0] = '%';
        a->element[1] = '\0';
        a->fault.element = (tk_str){a->element, 1};
    }
    return false;
}

static size_t leading_space(tk_str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] && strchr(" \t\n\f\r", s.p[n]))
        n++;
    return n;
}

/* Space that stands in front of a number is allowed where the text has it. */
static bool read_way(struct attempt *a, char *layout, size_t n, size_t at, const char *way, int *failed)
{
    struct pieces p = split(way);
    for (;;) {
        if (read_pieces(a, layout, n, at, &p, failed))
            return true;
        if (*failed < 0)
            return false;
        char first = p.piece[*failed].p[0];
        size_t space = leading_space(a->fault.rest);
        if ((first != 'Z' && (first < '0' || first > '9')) || !space || p.n == PIECES_MAX)
            return false;
        memmove(&p.piece[*failed + 1], &p.piece[*failed], (p.n - (size_t)*failed) * sizeof *p.piece);
        p.piece[*failed] = (tk_str){a->fault.rest.p, space};
        p.n++;
    }
}

/* The format from a byte on; the layout so far has n bytes. */
static bool read_from(struct attempt *a, char *layout, size_t n, size_t at)
{
    tk_str s = a->format->text;
    int failed = 0;
    for (; at < s.n && !is_directive(s, at); at++)
        layout[n++] = s.p[at];
    if (at == s.n)
        return try_layout(a, (tk_str){layout, n});
    const struct letter *l = find_letter(s.p[at + 1]);
    for (int i = 0; i < WAYS_MAX && failed >= 0 && (i == 0 || l->way[i]); i++)
        if (read_way(a, layout, n, at + 2, l->way[i] ? l->way[i] : l->native, &failed))
            return true;
    return false;
}

static int parse_time(run *r, const node *n, struct tki_ov *to)
{
    const struct format *f = n->made;
    struct tki_gotime t = {0};
    struct attempt a = {.r = r, .format = f, .to = &t};
    int rc = tki_ottl_arg_str(r, n, 0, &a.text);
    if (rc)
        return rc;
    if (a.text.n == 0)
        return tki_ottl_fault(r, "no text to read a time from");
    char *layout = f->flexible ? tki_ottl_alloc(r, 13 * LAYOUT_MAX) : NULL;
    if (f->flexible && !layout)
        return TK_ENOMEM;
    if (!(f->flexible ? read_from(&a, layout, 0, 0) : try_layout(&a, f->native)))
        return tki_ottl_fault(r, "text that is no time of this format");
    if (t.year <= 0) {
        r->why = "a time of the year 0, for which the collector takes the year of its clock";
        return TK_EUNSUPPORTED;
    }
    *to = (struct tki_ov){.type = TKI_OV_TIME, .v.t = {t.sec, t.ns, t.zone}};
    return 0;
}

/* ---- FormatTime ---- */

static int format_known(struct tki_ottl_open *o, node *n)
{
    struct format *f;
    return open_format(o, n, 1, &f);
}

static int format_time(run *r, const node *n, struct tki_ov *to)
{
    const struct format *f = n->made;
    struct tki_buf b = {0};
    struct tki_ov v;
    int rc = tki_ottl_arg(r, n, 0, &v);
    if (rc)
        return rc;
    struct tki_gotime t = {.sec = v.v.t.sec, .ns = v.v.t.ns, .zone = v.v.t.zone};
    if (t.zone == 0)
        memcpy(t.zone_name, "UTC", 4);
    if (tki_gotime_format(&b, f->native, &t))
        return tki_ottl_keep(r, &b, to);
    tki_buf_free(&b);
    r->why = "the name of the zone of a time in FormatTime";
    return TK_EUNSUPPORTED;
}

const struct tki_ottl_func tki_ottl_timetexts[] = {
    {.name = "Time",
     .param = {{"time", TKI_OW_STRING, false},
               {"format", TKI_OW_CONST_STRING, false},
               {"location", TKI_OW_CONST_STRING, true},
               {"locale", TKI_OW_CONST_STRING, true}},
     .call = parse_time,
     .prepare = time_known},
    {.name = "FormatTime",
     .param = {{"time", TKI_OW_TIME, false}, {"format", TKI_OW_CONST_STRING, false}},
     .call = format_time,
     .prepare = format_known},
    {0}};
