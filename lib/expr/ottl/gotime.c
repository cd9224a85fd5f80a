#include "expr/ottl/gotime.h"

#include "base/case.h"
#include "base/time.h"
#include "base/utf8.h"
#include "expr/ottl/gotime_layout.h"

enum { DAY_S = 86400, NS_DIGITS = 9, ZONE_LETTERS_MAX = 6 };

/* ---- reading ---- */

struct reading {
    tk_str text;                          /* what is left of it */
    const struct tki_gotime_names *names; /* NULL: English */
    int64_t year, month, day, yearday, hour, minute, second;
    uint32_t ns;
    bool am, pm, utc, has_offset;
    int32_t offset;
    tk_str zone_name;
    bool out_of_range;
};

static void advance(tk_str *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

/* One or two digits, or up to three; fixed: exactly so many. */
static bool digits(struct reading *r, size_t most, bool fixed, int64_t *to)
{
    size_t n = 0;
    for (*to = 0; n < most && tki_is_digit(r->text, n); n++)
        *to = *to * 10 + (r->text.p[n] - '0');
    if (n == 0 || (fixed && n < most))
        return false;
    advance(&r->text, n);
    return true;
}

/* As many characters, which may begin with a sign. */
static bool signed_digits(struct reading *r, size_t n, int64_t *to)
{
    if (r->text.n < n)
        return false;
    bool sign = r->text.p[0] == '-' || r->text.p[0] == '+';
    for (size_t i = sign; i < n; i++)
        if (!tki_is_digit(r->text, i))
            return false;
    *to = 0;
    for (size_t i = sign; i < n; i++)
        *to = *to * 10 + (r->text.p[i] - '0');
    if (r->text.p[0] == '-')
        *to = -*to;
    advance(&r->text, n);
    return n > sign;
}

/* The letters of both, whatever their case; the texts are as long. */
static bool same_text(tk_str a, tk_str b)
{
    for (size_t i = 0, n; i < a.n; i += n) {
        uint32_t x, y;
        n = tki_utf8_get(a.p + i, a.n - i, &x);
        if (n != tki_utf8_get(b.p + i, b.n - i, &y) || tki_lower_of(x) != tki_lower_of(y))
            return false;
    }
    return true;
}

/* In English the first name that fits counts, in other languages the longest. */
static bool read_name(struct reading *r, const char *const *names, size_t nnames, size_t letters, int64_t *to)
{
    size_t taken = 0;
    for (size_t i = 0; i < nnames && !(taken && !r->names); i++) {
        tk_str name = tki_str(names[i]);
        name.n = letters && name.n > letters ? letters : name.n;
        if (r->text.n < name.n || name.n <= taken || !same_text((tk_str){r->text.p, name.n}, name))
            continue;
        taken = name.n;
        *to = (int64_t)i + 1;
    }
    advance(&r->text, taken);
    return taken > 0;
}

static bool read_month(struct reading *r, bool whole)
{
    if (!r->names)
        return read_name(r, tki_gotime_months, 12, whole ? 0 : 3, &r->month);
    return read_name(r, whole ? r->names->months : r->names->short_months, 12, 0, &r->month);
}

static bool read_weekday(struct reading *r, bool whole)
{
    int64_t ignored;
    if (!r->names)
        return read_name(r, tki_gotime_weekdays, 7, whole ? 0 : 3, &ignored);
    return read_name(r, whole ? r->names->days : r->names->short_days, 7, 0, &ignored);
}

static bool is_point(tk_str s)
{
    return s.n && (s.p[0] == '.' || s.p[0] == ',');
}

/* A point and n digits behind it; those behind the ninth do not count. */
static bool read_fraction(struct reading *r, size_t n)
{
    uint64_t ns = 0;
    if (r->text.n < n + 1 || !is_point(r->text))
        return false;
    for (size_t i = 0; i < NS_DIGITS; i++) {
        if (i < n && !tki_is_digit(r->text, i + 1))
            return false;
        ns = ns * 10 + (i < n ? (uint64_t)(r->text.p[i + 1] - '0') : 0);
    }
    r->ns = (uint32_t)ns;
    advance(&r->text, n + 1);
    return true;
}

static size_t fraction_digits(tk_str s)
{
    size_t n = 0;
    while (is_point(s) && tki_is_digit(s, n + 1))
        n++;
    return n;
}

/* layout: behind the second. */
static bool read_second(struct reading *r, bool fixed, tk_str layout)
{
    if (!digits(r, 2, fixed, &r->second))
        return false;
    r->out_of_range = r->second >= 60;
    size_t n = fraction_digits(r->text);
    if (r->out_of_range || n == 0)
        return true;
    struct tki_gotime_chunk next = tki_gotime_next(layout);
    /* A fraction is read even where the layout has none. */
    return next.element == TKI_GT_FRACTION_0 || next.element == TKI_GT_FRACTION_9 || read_fraction(r, n);
}

static bool read_half(struct reading *r, bool upper)
{
    static const char *const english[2][2] = {{"am", "pm"}, {"AM", "PM"}};
    int64_t half = 0;
    if (!r->names) {
        half = tki_text_at(r->text, 0, english[upper][0]) ? 1 : tki_text_at(r->text, 0, english[upper][1]) ? 2 : 0;
        advance(&r->text, half ? 2 : 0);
    } else if (r->names->halves[0]) {
        read_name(r, r->names->halves, 2, 0, &half);
    }
    r->am = r->am || half == 1;
    r->pm = r->pm || half == 2;
    return half != 0;
}

static bool read_offset(struct reading *r, const struct tki_gotime_chunk *c)
{
    static const int most[] = {24, 60, 60};
    int64_t part = 0, seconds = 0;
    if (c->z && tki_text_at(r->text, 0, "Z")) {
        advance(&r->text, 1);
        r->utc = true;
        return true;
    }
    size_t size = 1 + 2 * (size_t)c->parts + (c->colons ? c->parts - 1 : 0);
    if (r->text.n < size)
        return false;
    char sign = r->text.p[0];
    advance(&r->text, 1);
    for (unsigned i = 0; i < 3; i++) {
        part = 0;
        if (i < c->parts && i && c->colons) {
            if (r->text.p[0] != ':')
                return false;
            advance(&r->text, 1);
        }
        if (i < c->parts && !digits(r, 2, true, &part))
            return false;
        r->out_of_range = r->out_of_range || part > most[i];
        seconds = seconds * 60 + part;
    }
    r->has_offset = true;
    r->offset = (int32_t)(sign == '-' ? -seconds : seconds);
    return sign == '+' || sign == '-';
}

/* +3, -11: the characters, or 0. */
static size_t signed_hours(tk_str s)
{
    size_t n = 1;
    int64_t x = 0;
    if (s.n == 0 || (s.p[0] != '-' && s.p[0] != '+'))
        return 0;
    for (; tki_is_digit(s, n) && x < 1000; n++)
        x = x * 10 + (s.p[n] - '0');
    return n == 1 || x > 23 ? 0 : n;
}

/* How many characters at the start look like the name of a zone. */
static size_t zone_name(tk_str s)
{
    size_t upper = 0;
    if (s.n < 3)
        return 0;
    if (tki_text_at(s, 0, "ChST") || tki_text_at(s, 0, "MeST"))
        return 4;
    if (tki_text_at(s, 0, "GMT"))
        return 3 + signed_hours((tk_str){s.p + 3, s.n - 3});
    if (s.p[0] == '+' || s.p[0] == '-')
        return signed_hours(s);
    while (upper < ZONE_LETTERS_MAX && upper < s.n && s.p[upper] >= 'A' && s.p[upper] <= 'Z')
        upper++;
    if (upper == 5)
        return s.p[4] == 'T' ? 5 : 0;
    if (upper == 4)
        return s.p[3] == 'T' || tki_text_at(s, 0, "WITA") ? 4 : 0;
    return upper == 3 ? 3 : 0;
}

static bool read_zone_name(struct reading *r)
{
    size_t n = tki_text_at(r->text, 0, "UTC") ? 3 : zone_name(r->text);
    if (n == 0)
        return false;
    if (tki_text_at(r->text, 0, "UTC"))
        r->utc = true;
    else
        r->zone_name = (tk_str){r->text.p, n};
    advance(&r->text, n);
    return true;
}

static bool skip_spaces(struct reading *r, size_t most)
{
    for (; most && tki_text_at(r->text, 0, " "); most--)
        advance(&r->text, 1);
    return true;
}

/* A number of up to two digits, which must be below a limit. */
static bool digits_below(struct reading *r, bool fixed, int64_t limit, int64_t *to)
{
    if (!digits(r, 2, fixed, to))
        return false;
    r->out_of_range = *to >= limit;
    return true;
}

/* One element; rest is the layout behind it. */
static bool read_element(struct reading *r, const struct tki_gotime_chunk *c, tk_str rest)
{
    switch (c->element) {
    case TKI_GT_YEAR:
        if (!signed_digits(r, 2, &r->year))
            return false;
        r->year += r->year >= 69 ? 1900 : 2000;
        return true;
    case TKI_GT_LONG_YEAR: return tki_is_digit(r->text, 0) && signed_digits(r, 4, &r->year);
    case TKI_GT_MONTH:
    case TKI_GT_LONG_MONTH: return read_month(r, c->element == TKI_GT_LONG_MONTH);
    case TKI_GT_NUM_MONTH:
    case TKI_GT_ZERO_MONTH:
        if (!digits(r, 2, c->element == TKI_GT_ZERO_MONTH, &r->month))
            return false;
        r->out_of_range = r->month < 1 || r->month > 12;
        return true;
    case TKI_GT_WEEKDAY:
    case TKI_GT_LONG_WEEKDAY: return read_weekday(r, c->element == TKI_GT_LONG_WEEKDAY);
    case TKI_GT_DAY:
    case TKI_GT_ZERO_DAY: return digits(r, 2, c->element == TKI_GT_ZERO_DAY, &r->day);
    case TKI_GT_UNDER_DAY: return skip_spaces(r, 1) && digits(r, 2, false, &r->day);
    case TKI_GT_UNDER_YEARDAY: return skip_spaces(r, 2) && digits(r, 3, false, &r->yearday);
    case TKI_GT_ZERO_YEARDAY: return digits(r, 3, true, &r->yearday);
    case TKI_GT_HOUR: return digits_below(r, false, 24, &r->hour);
    case TKI_GT_HOUR12:
    case TKI_GT_ZERO_HOUR12: return digits_below(r, c->element == TKI_GT_ZERO_HOUR12, 13, &r->hour);
    case TKI_GT_MINUTE:
    case TKI_GT_ZERO_MINUTE: return digits_below(r, c->element == TKI_GT_ZERO_MINUTE, 60, &r->minute);
    case TKI_GT_SECOND:
    case TKI_GT_ZERO_SECOND: return read_second(r, c->element == TKI_GT_ZERO_SECOND, rest);
    case TKI_GT_UPPER_PM: return read_half(r, true);
    case TKI_GT_LOWER_PM: return read_half(r, false);
    case TKI_GT_ZONE_NAME: return read_zone_name(r);
    case TKI_GT_ZONE_OFFSET: return read_offset(r, c);
    case TKI_GT_FRACTION_0: return read_fraction(r, c->n - 1);
    case TKI_GT_FRACTION_9: return fraction_digits(r->text) == 0 || read_fraction(r, fraction_digits(r->text));
    case TKI_GT_NONE: break;
    }
    return false;
}

static void cut_spaces(tk_str *s)
{
    while (s->n && s->p[0] == ' ')
        advance(s, 1);
}

/* What stands between elements; any number of spaces is as good as another, but for none. */
static bool read_literal(struct reading *r, tk_str literal)
{
    while (literal.n) {
        if (literal.p[0] == ' ') {
            if (r->text.n && r->text.p[0] != ' ')
                return false;
            cut_spaces(&literal);
            cut_spaces(&r->text);
            continue;
        }
        if (r->text.n == 0 || r->text.p[0] != literal.p[0])
            return false;
        advance(&r->text, 1);
        advance(&literal, 1);
    }
    return true;
}

static bool read_all(struct reading *r, tk_str layout, struct tki_gotime_fault *fault)
{
    for (;;) {
        struct tki_gotime_chunk c = tki_gotime_next(layout);
        tk_str literal = {layout.p, c.at}, element = {layout.p + c.at, c.n};
        bool good = read_literal(r, literal);
        if (!good || c.element == TKI_GT_NONE) {
            *fault = (struct tki_gotime_fault){good ? (tk_str){"", 0} : literal, r->text};
            return good && r->text.n == 0;
        }
        advance(&layout, c.at + c.n);
        tk_str hold = r->text;
        good = read_element(r, &c, layout);
        if (r->out_of_range || !good) {
            *fault = (struct tki_gotime_fault){element, r->out_of_range ? r->text : hold};
            return false;
        }
    }
}

static bool leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_in(int64_t year, int64_t month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year));
}

/* The day of the year as month and day, which must agree with those that were read. */
static bool place_yearday(struct reading *r)
{
    int64_t day = r->yearday, month = 1;
    if (r->yearday < 0)
        return true;
    if (day < 1 || day > 365 + leap(r->year))
        return false;
    for (; day > days_in(r->year, month); month++)
        day -= days_in(r->year, month);
    bool agrees = (r->month < 0 || r->month == month) && (r->day < 0 || r->day == day);
    r->month = month;
    r->day = day;
    return agrees;
}

static void take_zone(struct tki_gotime *to, int32_t seconds, const char *name)
{
    to->zone = seconds;
    memcpy(to->zone_name, name, strnlen(name, TKI_ZONE_NAME_MAX));
}

static void take_named_zone(const struct reading *r, int64_t local, const struct tki_zone *zone, struct tki_gotime *to)
{
    char name[TKI_ZONE_NAME_MAX + 1] = {0};
    int32_t seconds = 0;
    memcpy(name, r->zone_name.p, r->zone_name.n < TKI_ZONE_NAME_MAX ? r->zone_name.n : TKI_ZONE_NAME_MAX);
    if (tki_zone_named(zone, r->zone_name, local, &seconds)) {
        struct tki_zone_offset o;
        to->sec = local - seconds;
        tki_zone_at(zone, to->sec, &o);
        take_zone(to, o.seconds, o.name);
        return;
    }
    if (r->zone_name.n > 3 &&
        tki_text_at(r->zone_name, 0, "GMT")) { /* GMT+3: the offset is known, the moment not moved */
        struct reading hours = {.text = {r->zone_name.p + 3, r->zone_name.n - 3}};
        int64_t h = 0;
        signed_digits(&hours, hours.text.n, &h);
        seconds = (int32_t)h * 3600;
    }
    to->sec = local;
    take_zone(to, seconds, name);
}

static void take_moment(const struct reading *r, const struct tki_zone *zone, struct tki_gotime *to)
{
    int64_t local = tki_days_of_date(r->year, (unsigned)r->month, (unsigned)r->day) * DAY_S + r->hour * 3600 +
                    r->minute * 60 + r->second;
    struct tki_zone_offset o;
    *to = (struct tki_gotime){.sec = local, .ns = r->ns, .year = r->year};
    if (r->utc) {
        take_zone(to, 0, "UTC");
    } else if (r->has_offset && r->offset != -1) {
        to->sec = local - r->offset;
        tki_zone_at(zone, to->sec, &o);
        bool own = o.seconds == r->offset && (!r->zone_name.n || tki_str_eq(tki_str(o.name), r->zone_name));
        char name[TKI_ZONE_NAME_MAX + 1] = {0};
        if (r->zone_name.n)
            memcpy(name, r->zone_name.p, r->zone_name.n < TKI_ZONE_NAME_MAX ? r->zone_name.n : TKI_ZONE_NAME_MAX);
        take_zone(to, r->offset, own ? o.name : name);
    } else if (r->zone_name.n) {
        take_named_zone(r, local, zone, to);
    } else {
        to->sec = tki_zone_moment(zone, local);
        tki_zone_at(zone, to->sec, &o);
        take_zone(to, o.seconds, o.name);
    }
}

bool tki_gotime_parse(tk_str layout, tk_str text, const struct tki_zone *zone, const struct tki_gotime_names *names,
                      struct tki_gotime *to, struct tki_gotime_fault *fault)
{
    struct reading r = {.text = text, .names = names, .month = -1, .day = -1, .yearday = -1};
    if (!read_all(&r, layout, fault))
        return false;
    *fault = (struct tki_gotime_fault){{"", 0}, {"", 0}};
    if (r.pm && r.hour < 12)
        r.hour += 12;
    else if (r.am && !r.pm && r.hour == 12)
        r.hour = 0;
    if (!place_yearday(&r))
        return false;
    r.month = r.month < 0 ? 1 : r.month;
    r.day = r.day < 0 ? 1 : r.day;
    if (r.day < 1 || r.day > days_in(r.year, r.month))
        return false;
    take_moment(&r, zone, to);
    return true;
}
