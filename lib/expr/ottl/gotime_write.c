/* Times as text. */
#include "base/num.h"
#include "base/time.h"
#include "expr/ottl/gotime.h"
#include "expr/ottl/gotime_layout.h"

enum { DAY_S = 86400, NS_DIGITS = 9 };

static void advance(tk_str *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

static void put_number(struct tki_buf *to, int64_t x, int width)
{
    if (x < 0)
        tki_buf_putc(to, '-');
    tki_buf_printf(to, "%0*lld", width, (long long)(x < 0 ? -x : x));
}

static void put_offset(struct tki_buf *to, const struct tki_gotime_chunk *c, int32_t offset)
{
    int32_t apart = offset < 0 ? -offset : offset;
    if (c->z && offset == 0) {
        tki_buf_putc(to, 'Z');
        return;
    }
    /* The sign is that of whole minutes. */
    tki_buf_putc(to, offset / 60 < 0 ? '-' : '+');
    put_number(to, apart / 3600, 2);
    if (c->parts > 1) {
        if (c->colons)
            tki_buf_putc(to, ':');
        put_number(to, apart / 60 % 60, 2);
    }
    if (c->parts > 2) {
        if (c->colons)
            tki_buf_putc(to, ':');
        put_number(to, apart % 60, 2);
    }
}

static void put_fraction(struct tki_buf *to, char point, size_t wanted, uint32_t ns, bool cut_zeros)
{
    char text[NS_DIGITS];
    size_t n = wanted < NS_DIGITS ? wanted : NS_DIGITS;
    tki_fmt_digits(text, NS_DIGITS, ns);
    while (cut_zeros && n && text[n - 1] == '0')
        n--;
    if (cut_zeros && n == 0)
        return;
    tki_buf_putc(to, point);
    tki_buf_put(to, text, n);
}

struct parts {
    int64_t year, month, day, yearday, weekday, hour, minute, second;
};

static struct parts parts_of(const struct tki_gotime *t)
{
    int64_t local = t->sec + t->zone, rest = (local % DAY_S + DAY_S) % DAY_S, days = (local - rest) / DAY_S;
    unsigned year, month, day;
    tki_date_of_days(days, &year, &month, &day);
    return (struct parts){
        year,        month,          day,      days - tki_days_of_date(year, 1, 1) + 1, ((days + 4) % 7 + 7) % 7,
        rest / 3600, rest / 60 % 60, rest % 60};
}

static void put_text(struct tki_buf *to, const char *name, size_t letters)
{
    tk_str s = tki_str(name);
    tki_buf_str(to, (tk_str){s.p, letters && letters < s.n ? letters : s.n});
}

static void put_padded(struct tki_buf *to, int64_t x, int width)
{
    for (int64_t limit = 10; width > 1; width--, limit *= 10)
        if (x < limit)
            tki_buf_putc(to, ' ');
    put_number(to, x, 0);
}

/* What is no number of two digits. */
static bool put_other(struct tki_buf *to, const struct tki_gotime_chunk *c, char first, const struct parts *p,
                      const struct tki_gotime *t)
{
    switch (c->element) {
    case TKI_GT_MONTH: put_text(to, tki_gotime_months[p->month - 1], 3); return true;
    case TKI_GT_LONG_MONTH: put_text(to, tki_gotime_months[p->month - 1], 0); return true;
    case TKI_GT_WEEKDAY: put_text(to, tki_gotime_weekdays[p->weekday], 3); return true;
    case TKI_GT_LONG_WEEKDAY: put_text(to, tki_gotime_weekdays[p->weekday], 0); return true;
    case TKI_GT_UNDER_DAY: put_padded(to, p->day, 2); return true;
    case TKI_GT_UNDER_YEARDAY: put_padded(to, p->yearday, 3); return true;
    case TKI_GT_UPPER_PM: put_text(to, p->hour >= 12 ? "PM" : "AM", 0); return true;
    case TKI_GT_LOWER_PM: put_text(to, p->hour >= 12 ? "pm" : "am", 0); return true;
    case TKI_GT_ZONE_OFFSET: put_offset(to, c, t->zone); return true;
    case TKI_GT_ZONE_NAME: put_text(to, t->zone_name, 0); return t->zone_name[0] != '\0';
    case TKI_GT_FRACTION_0:
    case TKI_GT_FRACTION_9: put_fraction(to, first, c->n - 1, t->ns, c->element == TKI_GT_FRACTION_9); return true;
    default: return false;
    }
}

static bool put_element(struct tki_buf *to, const struct tki_gotime_chunk *c, char first, const struct parts *p,
                        const struct tki_gotime *t)
{
    int64_t hour12 = p->hour % 12 ? p->hour % 12 : 12;
    switch (c->element) {
    case TKI_GT_YEAR: put_number(to, p->year % 100, 2); return true;
    case TKI_GT_LONG_YEAR: put_number(to, p->year, 4); return true;
    case TKI_GT_NUM_MONTH: put_number(to, p->month, 0); return true;
    case TKI_GT_ZERO_MONTH: put_number(to, p->month, 2); return true;
    case TKI_GT_DAY: put_number(to, p->day, 0); return true;
    case TKI_GT_ZERO_DAY: put_number(to, p->day, 2); return true;
    case TKI_GT_ZERO_YEARDAY: put_number(to, p->yearday, 3); return true;
    case TKI_GT_HOUR: put_number(to, p->hour, 2); return true;
    case TKI_GT_HOUR12: put_number(to, hour12, 0); return true;
    case TKI_GT_ZERO_HOUR12: put_number(to, hour12, 2); return true;
    case TKI_GT_MINUTE: put_number(to, p->minute, 0); return true;
    case TKI_GT_ZERO_MINUTE: put_number(to, p->minute, 2); return true;
    case TKI_GT_SECOND: put_number(to, p->second, 0); return true;
    case TKI_GT_ZERO_SECOND: put_number(to, p->second, 2); return true;
    default: return put_other(to, c, first, p, t);
    }
}

bool tki_gotime_format(struct tki_buf *to, tk_str layout, const struct tki_gotime *t)
{
    struct parts p = parts_of(t);
    for (;;) {
        struct tki_gotime_chunk c = tki_gotime_next(layout);
        tki_buf_put(to, layout.p, c.at);
        if (c.element == TKI_GT_NONE)
            return true;
        if (!put_element(to, &c, layout.p[c.at], &p, t))
            return false;
        advance(&layout, c.at + c.n);
    }
}
