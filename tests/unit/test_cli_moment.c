/* Moments as people type them, what time that is for an input, and zones. */
#include <stdlib.h>

#include "cli/moment.h"
#include "report/number.h"
#include "tap.h"

static const uint64_t second_ns = 1000000000;

/* What is read, and the time of it for spans from 2026-11-21T23:50:00Z to 2026-11-22T00:20:00Z. */
static const struct {
    const char *text, *utc, *berlin; /* NULL: refused, or not clear */
} moments[] = {
    {"2026-11-21T23:55:00Z", "2026-11-21T23:55:00.000000000Z", "2026-11-21T23:55:00.000000000Z"},
    {"2026-11-21 23:55", "2026-11-21T23:55:00.000000000Z", "2026-11-21T22:55:00.000000000Z"},
    {"2026-07-01 12:00:00.25", "2026-07-01T12:00:00.250000000Z", "2026-07-01T10:00:00.250000000Z"},
    {"2026-07-01T12:00+02:00", "2026-07-01T10:00:00.000000000Z", "2026-07-01T10:00:00.000000000Z"},
    {"2026-11-22", "2026-11-22T00:00:00.000000000Z", "2026-11-21T23:00:00.000000000Z"},
    {"1795241170", "2026-11-21T06:06:10.000000000Z", "2026-11-21T06:06:10.000000000Z"},
    {"@1.5", "1970-01-01T00:00:01.500000000Z", "1970-01-01T00:00:01.500000000Z"},
    {"-10m", "2026-11-22T00:10:00.000000000Z", "2026-11-22T00:10:00.000000000Z"},
    {"-1h30m", "2026-11-21T22:50:00.000000000Z", "2026-11-21T22:50:00.000000000Z"},
    {"-0s", "2026-11-22T00:20:00.000000000Z", "2026-11-22T00:20:00.000000000Z"},
    {"00:10", "2026-11-22T00:10:00.000000000Z", "2026-11-21T23:10:00.000000000Z"},
    {"23:55", "2026-11-21T23:55:00.000000000Z", "2026-11-21T22:55:00.000000000Z"},
    {"1:05:00.5", "2026-11-22T01:05:00.500000000Z", "2026-11-22T00:05:00.500000000Z"},
    {"23:00", "2026-11-21T23:00:00.000000000Z", "2026-11-21T22:00:00.000000000Z"},
    {"24:00", NULL, NULL},
    {"12:60", NULL, NULL},
    {"12:00Z", NULL, NULL},
    {"12:00+02:00", NULL, NULL},
    {"-", NULL, NULL},
    {"-1", NULL, NULL},
    {"yesterday", NULL, NULL},
    {"2026-11-21 6:06", "2026-11-21T06:06:00.000000000Z", "2026-11-21T05:06:00.000000000Z"},
    {"2026-02-30 12:00", NULL, NULL},
    {"2026-11-21T12", NULL, NULL},
    {"", NULL, NULL},
};

static uint64_t at(const char *text)
{
    struct tki_moment m = {0};
    ok(tki_moment_parse(tki_str(text), &m) && m.of == TKI_MOMENT_UNIX, "%s", text);
    return m.ns;
}

static void test_moments(tki_east *east, bool berlin)
{
    uint64_t first_ns = at("2026-11-21T23:50:00Z"), last_ns = at("2026-11-22T00:20:00Z");
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        const char *want = berlin ? moments[i].berlin : moments[i].utc;
        struct tki_moment m;
        struct tk_err err = {0};
        char got[TKI_QUANTITY_MAX];
        uint64_t ns;
        bool read = tki_moment_parse(tki_str(moments[i].text), &m);
        ok(read == (want != NULL), "'%s' is %s", moments[i].text, want ? "a moment" : "none");
        if (!read)
            continue;
        is_int(tki_moment_ns(&m, east, first_ns, last_ns, &ns, &err), 0, "'%s' is clear", moments[i].text);
        is_str(tki_time_format(got, ns), want, "'%s'", moments[i].text);
    }
}

static void test_days(void)
{
    struct tki_moment m;
    struct tk_err err = {0};
    uint64_t ns = 7, day = 86400 * second_ns, first_ns = at("2026-11-20T12:00:00Z");
    ok(tki_moment_parse(TKI_STR("13:00"), &m), "a time of day");
    is_int(tki_moment_ns(&m, NULL, first_ns, first_ns + day, &ns, &err), 0, "is there once");
    is_int(tki_moment_ns(&m, NULL, first_ns, first_ns + 2 * day, &ns, &err), TK_EUSAGE, "is there twice");
    is_str(err.text,
           "a time of day is unclear, since spans start on several days, 2026-11-20 to 2026-11-22: put the date before "
           "it",
           "and the message says the days");
    is_int(tki_moment_ns(&m, NULL, first_ns, first_ns + 1000 * day, &ns, &err), TK_EUSAGE, "is there very often");
    is_int(tki_moment_ns(&m, NULL, 0, 0, &ns, &err), 0, "before everything");
    ok(tki_moment_parse(TKI_STR("-2000000h"), &m) && tki_moment_ns(&m, NULL, first_ns, first_ns, &ns, &err) == 0 && !ns,
       "before 1970 is 1970");
}

static void test_zones(void)
{
    static const char *const bad[] = {
        "", "+", "+15", "+02:60", "+2:00", "Mars", "../etc/passwd", "/etc/localtime", "Europe", "+123456", "02:00"};
    static const struct {
        const char *name;
        int64_t east_s;
    } offsets[] = {{"+02:00", 7200}, {"-03:30", -12600}, {"+5", 18000}, {"-0930", -34200}, {"+00:00", 0}};
    tki_east *east;
    struct tk_err err = {0};
    ok(tki_zone_set(NULL, &east, &err) == 0 && !east, "no zone is UTC");
    ok(tki_zone_set("utc", &east, &err) == 0 && !east, "UTC by name");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(tki_zone_set(bad[i], &east, &err) == TK_EUSAGE && strstr(err.text, "Europe/Berlin"), "'%s' is none", bad[i]);
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        is_int(tki_zone_set(offsets[i].name, &east, &err), 0, "%s is a zone", offsets[i].name);
        is_int(east ? east(1795241170) : 0, offsets[i].east_s, "%s: so far east", offsets[i].name);
    }
    if (setenv("TZ", "XYZ-3", 1) == 0)
        ok(tki_zone_set("local", &east, &err) == 0 && east(0) == 10800, "local is that of TZ");
    if (tki_zone_set("Europe/Berlin", &east, &err) < 0) {
        skip(1, "no data about zones here: %s", err.text);
        return;
    }
    is_int(east(at("2026-07-01T12:00:00Z") / second_ns), 7200, "in summer");
    is_int(east(at("2026-12-01T12:00:00Z") / second_ns), 3600, "in winter");
    test_moments(east, true);
}

int main(void)
{
    test_moments(NULL, false);
    test_days();
    test_zones();
    return done_testing();
}
