#include "cli/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/time.h"
#include "cli/quantity.h"

enum { TEXT_MAX = 64, DATE_CHARS = 10, DAY_S = 86400 };
#define SECOND_NS INT64_C(1000000000)
#define DAY_NS    (DAY_S * SECOND_NS)

/* ---- reading ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of "12:04" or "2:04" at the head of the text; 0: it begins otherwise. */
static size_t clock_bytes(tk_str s)
{
    size_t hours = s.n > 1 && is_digit(s.p[0]) ? 1 + is_digit(s.p[1]) : 0;
    bool is = hours && s.n >= hours + 3 && s.p[hours] == ':' && is_digit(s.p[hours + 1]) && is_digit(s.p[hours + 2]);
    return is ? hours + 3 : 0;
}

/* A date and a time of day, of which seconds and zone may be missing: RFC 3339 with what is missing put in. */
static bool read_clock(const char *date, tk_str clock, struct tki_moment *m)
{
    char text[TEXT_MAX + 16];
    size_t n = clock_bytes(clock);
    if (!n || clock.n > TEXT_MAX)
        return false;
    tk_str rest = {clock.p + n, clock.n - n};
    bool seconds = rest.n && rest.p[0] == ':', zoned = false;
    for (size_t i = 0; i < rest.n; i++)
        zoned = zoned || memchr("Zz+-", rest.p[i], 4);
    snprintf(text, sizeof text, "%.10sT%s%.*s%s%.*s%s", date, n < 5 ? "0" : "", (int)n, clock.p, seconds ? "" : ":00",
             (int)rest.n, rest.p, zoned ? "" : "Z");
    m->of = zoned ? TKI_MOMENT_UNIX : TKI_MOMENT_LOCAL;
    return tki_time_parse(tki_str(text), &m->ns);
}

static bool read_moment(tk_str s, struct tki_moment *m)
{
    int64_t back;
    if (s.n > 1 && s.p[0] == '-' && tki_duration_parse((tk_str){s.p + 1, s.n - 1}, &back)) {
        *m = (struct tki_moment){TKI_MOMENT_BACK, (uint64_t)back};
        return true;
    }
    if (clock_bytes(s)) {
        bool read = read_clock("1970-01-01", s, m) && m->of == TKI_MOMENT_LOCAL; /* a day in another zone is unclear */
        m->of = TKI_MOMENT_CLOCK;
        return read;
    }
    if (s.n > DATE_CHARS + 1 && memchr("Tt ", s.p[DATE_CHARS], 3))
        return read_clock(s.p, (tk_str){s.p + DATE_CHARS + 1, s.n - DATE_CHARS - 1}, m);
    m->of = s.n == DATE_CHARS && tki_str_find(s, '-') ? TKI_MOMENT_LOCAL : TKI_MOMENT_UNIX;
    return tki_time_parse(s, &m->ns);
}

bool tki_moment_parse(tk_str s, struct tki_moment *m)
{
    struct tki_moment read;
    if (!read_moment(s, &read))
        return false;
    *m = read;
    return true;
}

bool tki_moment_asks(const struct tki_moment *m)
{
    return m->of == TKI_MOMENT_BACK || m->of == TKI_MOMENT_CLOCK;
}

/* ---- the time ---- */

static int64_t east_at(tki_east *east, int64_t unix_s)
{
    return east ? east(unix_s > 0 ? (uint64_t)unix_s : 0) : 0;
}

/* When the clocks of the zone show that.  Where they are put back, the later time of two. */
static int64_t from_local(int64_t local_s, tki_east *east)
{
    int64_t guess = local_s - east_at(east, local_s);
    return local_s - east_at(east, guess);
}

static uint64_t local_ns(uint64_t ns, tki_east *east)
{
    int64_t s = from_local((int64_t)(ns / SECOND_NS), east);
    return s < 0 ? 0 : (uint64_t)s * SECOND_NS + ns % SECOND_NS;
}

static uint64_t distance(uint64_t ns, uint64_t first_ns, uint64_t last_ns)
{
    return ns < first_ns ? first_ns - ns : ns > last_ns ? ns - last_ns : 0;
}

static int of_day(uint64_t clock_ns, tki_east *east, uint64_t first_ns, uint64_t last_ns, uint64_t *ns,
                  struct tk_err *err)
{
    int64_t first_s = (int64_t)(first_ns / SECOND_NS), last_s = (int64_t)(last_ns / SECOND_NS);
    int64_t first_day = (first_s + east_at(east, first_s)) / DAY_S, last_day = (last_s + east_at(east, last_s)) / DAY_S;
    unsigned within = last_day - first_day > 2 ? 2 : 0;
    uint64_t best = UINT64_MAX;
    for (int64_t day = first_day > 0 ? first_day - 1 : 0; within < 2 && day <= last_day + 1; day++) {
        uint64_t at = local_ns((uint64_t)day * DAY_NS + clock_ns, east), away = distance(at, first_ns, last_ns);
        within += !away;
        if (away < best) {
            best = away;
            *ns = at;
        }
    }
    if (within < 2)
        return 0;
    char first[TKI_TIME_CHARS], last[TKI_TIME_CHARS];
    tki_fmt_time(first, first_ns);
    tki_fmt_time(last, last_ns);
    return tki_err_set(err, TK_EUSAGE,
                       "a time of day is unclear, since spans start on several days, %.10s to %.10s: "
                       "put the date before it",
                       first, last);
}

int tki_moment_ns(const struct tki_moment *m, tki_east *east, uint64_t first_ns, uint64_t last_ns, uint64_t *ns,
                  struct tk_err *err)
{
    switch ((enum tki_moment_of)m->of) {
    case TKI_MOMENT_UNIX: *ns = m->ns; return 0;
    case TKI_MOMENT_LOCAL: *ns = local_ns(m->ns, east); return 0;
    case TKI_MOMENT_BACK: *ns = last_ns > m->ns ? last_ns - m->ns : 0; return 0;
    case TKI_MOMENT_CLOCK: break;
    }
    return of_day(m->ns, east, first_ns, last_ns, ns, err);
}

/* ---- the zone ---- */

static int64_t east_of_process(uint64_t unix_s)
{
    struct tm tm;
    time_t t = (time_t)unix_s;
    return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

/* "+02:00", "-5", "+0530" as the text of TZ, which counts to the west. */
static bool offset_text(const char *name, char to[TEXT_MAX])
{
    size_t n = strlen(name), digits = 0;
    char digit[4] = "0000";
    if (name[0] != '+' && name[0] != '-')
        return false;
    for (size_t i = 1; i < n; i++)
        if (is_digit(name[i]) && digits < 4)
            digit[digits++] = name[i];
        else if (name[i] != ':' || digits != 2)
            return false;
    if (digits == 1 || digits == 3) {
        memmove(digit + 1, digit, digits);
        digit[0] = '0';
        digits++;
    }
    if (digits == 2)
        digit[2] = digit[3] = '0';
    if (!digits || digit[2] > '5' || memcmp(digit, "14", 2) > 0)
        return false;
    snprintf(to, TEXT_MAX, "<%c%.4s>%c%.2s:%.2s", name[0], digit, name[0] == '+' ? '-' : '+', digit, digit + 2);
    return true;
}

/* Whether the system's data have a zone of that name: a name that they do not have would be UTC without a word. */
static bool is_zone(const char *name)
{
    static const char *const folders[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"};
    char path[4096];
    const char *own = getenv("TZDIR");
    if (!name[0] || name[0] == '.' || name[0] == '/' || strstr(name, "..") || strlen(name) > TEXT_MAX)
        return false;
    for (size_t i = 0; i <= sizeof folders / sizeof *folders; i++) {
        const char *folder = i ? folders[i - 1] : own;
        if (!folder)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, name);
        FILE *f = fopen(path, "rb");
        char magic[4] = "";
        bool is = f && fread(magic, 1, 4, f) == 4 && memcmp(magic, "TZif", 4) == 0;
        if (f)
            fclose(f);
        if (is)
            return true;
    }
    return false;
}

int tki_zone_set(const char *name, tki_east **east, struct tk_err *err)
{
    char text[TEXT_MAX];
    *east = NULL;
    if (!name || tki_str_same_letters(tki_str(name), TKI_STR("utc")) || strcmp(name, "Z") == 0)
        return 0;
    *east = east_of_process;
    if (tki_str_same_letters(tki_str(name), TKI_STR("local"))) {
        tzset();
        return 0;
    }
    bool offset = offset_text(name, text);
    if (!offset && !is_zone(name))
        return tki_err_set(err, TK_EUSAGE,
                           "--tz: '%.80s' is no zone that is known here: write local, UTC, an offset such as +02:00, "
                           "or a name such as Europe/Berlin",
                           name);
    if (setenv("TZ", offset ? text : name, 1) < 0)
        return tki_err_memory(err);
    tzset();
    return 0;
}
