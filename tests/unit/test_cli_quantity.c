/* Quantities: what is read, exactly; what is refused; what is written, at the edges of rounding. */
#include <inttypes.h>
#include <math.h>

#include "cli/quantity.h"
#include "report/number.h"
#include "tap.h"

#define SECOND INT64_C(1000000000)

static void size_is(const char *text, uint64_t want)
{
    uint64_t got = 0;
    ok(tki_size_parse(tki_str(text), &got) && got == want, "size '%s' is %" PRIu64, text, want);
}

static void test_sizes(void)
{
    size_is("0", 0);
    size_is("1", 1);
    size_is("4096B", 4096);
    size_is("64k", 64000);
    size_is("64KB", 64000);
    size_is("64kb", 64000);
    size_is("64KiB", 65536);
    size_is("64Ki", 65536);
    size_is("1.5MB", 1500000);
    size_is("1.5MiB", 1572864);
    size_is("2 GB", 2000000000);
    size_is("1GiB", 1073741824);
    size_is("1TB", 1000000000000);
    size_is("1TiB", 1099511627776);
    size_is("0.5KiB", 512);
    size_is(".5KB", 500);
    size_is("1.0", 1);
    size_is("18446744073709551615", UINT64_MAX);
    size_is("18446744.073709551615TB", UINT64_MAX);
    size_is("0.000000000001TB", 1);
    static const char *const bad[] = {"",
                                      "B",
                                      "-1",
                                      "+1",
                                      "1.5",
                                      "1..5KB",
                                      "1.KB",
                                      "1e3",
                                      "64KBB",
                                      "64 ",
                                      " 64",
                                      "1  KB",
                                      "1,000",
                                      "0x10",
                                      "18446744073709551616",
                                      "18446744073710TB",
                                      "0.0000000000001TB",
                                      "1EB",
                                      "nan",
                                      "64Kib\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t got = 77;
        ok(!tki_size_parse(tki_str(bad[i]), &got) && got == 77, "'%s' is no size", bad[i]);
    }
}

static void duration_is(const char *text, int64_t want)
{
    int64_t got = -1;
    ok(tki_duration_parse(tki_str(text), &got) && got == want, "duration '%s' is %" PRId64 " ns", text, want);
}

static void test_durations(void)
{
    duration_is("0", 0);
    duration_is("0s", 0);
    duration_is("1.5s", 1500000000);
    duration_is("250ms", 250000000);
    duration_is("10us", 10000);
    duration_is("10\xc2\xb5s", 10000);
    duration_is("10\xce\xbcs", 10000);
    duration_is("20ns", 20);
    duration_is("3m", 180 * SECOND);
    duration_is("3min", 180 * SECOND);
    duration_is("2h", 7200 * SECOND);
    duration_is("7d", 604800 * SECOND);
    duration_is("2w", 1209600 * SECOND);
    duration_is("2 weeks", 1209600 * SECOND);
    duration_is("1w2d", 777600 * SECOND);
    duration_is("30days", 2592000 * SECOND);
    duration_is("1 day 2 hours 3 minutes 4 seconds", 93784 * SECOND);
    duration_is("1h30m", 5400 * SECOND);
    duration_is("1 h 30 min", 5400 * SECOND);
    duration_is("1d2h3m4s5ms6us7ns", 93784 * SECOND + 5006007);
    duration_is("1m1.5s", 61500000000);
    duration_is("0.000000001s", 1);
    duration_is("0.1d", 8640 * SECOND);
    duration_is("9223372036.854775807s", INT64_MAX);
    static const char *const bad[] = {
        "",    "1",   "s",     "-1s", "1.5ns",   "0.0000000001s",         "30m1h",   "1h1h",  "1m1min", "1h30",
        "1 ",  "1s ", "1 s x", "1S",  "1 month", "9223372036.854775808s", "200000d", "1h,2m", "1..5s",  "infs",
        "1sms"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t got = 77;
        ok(!tki_duration_parse(tki_str(bad[i]), &got) && got == 77, "'%s' is no duration", bad[i]);
    }
}

static void test_rates_and_shares(void)
{
    static const struct {
        const char *text;
        double want;
    } rates[] = {{"1000", 1000},
                 {"1000/s", 1000},
                 {"60/m", 1},
                 {"60/min", 1},
                 {"3600/h", 1},
                 {"86400/d", 1},
                 {"0", 0},
                 {"0.5/s", 0.5},
                 {"1e3/s", 1000},
                 {"10 / s", 10},
                 {"1k", 1000},
                 {"1.5k/s", 1500},
                 {"60K/m", 1000},
                 {"2M", 2000000},
                 {"1G", 1e9},
                 {"1,000", 1000},
                 {"1,234,567.5/s", 1234567.5},
                 {"12,000 /s", 12000}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double got = -1;
        ok(tki_rate_parse(tki_str(rates[i].text), &got) && got == rates[i].want, "rate '%s'", rates[i].text);
    }
    static const char *const bad_rates[] = {"",         "/s",      "1/",   "1/x",  "-1/s",   "NaN",  "Infinity/s",
                                            "1/s/s",    "ten",     "1//s", "1,00", "1,0000", ",100", "1000,000",
                                            "1,000,00", "1.000,5", "k",    "1kk",  "1 k",    "1m"};
    for (size_t i = 0; i < sizeof bad_rates / sizeof *bad_rates; i++) {
        double got = 77;
        ok(!tki_rate_parse(tki_str(bad_rates[i]), &got) && got == 77, "'%s' is no rate", bad_rates[i]);
    }
    static const struct {
        const char *text;
        double want;
    } shares[] = {{"10%", 0.1}, {"0.1", 0.1},  {"0", 0},          {"1", 1},        {"100%", 1},
                  {"0%", 0},    {"5 %", 0.05}, {"0.01%", 0.0001}, {"33.3%", 0.333}};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        double got = -1;
        ok(tki_share_parse(tki_str(shares[i].text), &got), "share '%s'", shares[i].text);
        is_double(got, shares[i].want, 1e-15, "value of '%s'", shares[i].text);
    }
    static const char *const bad_shares[] = {"",     "%",   "10",   "1.01", "101%", "-1%",
                                             "-0.1", "NaN", "NaN%", "10%%", "half"};
    for (size_t i = 0; i < sizeof bad_shares / sizeof *bad_shares; i++) {
        double got = 77;
        ok(!tki_share_parse(tki_str(bad_shares[i]), &got) && got == 77, "'%s' is no share", bad_shares[i]);
    }
}

static void time_is(const char *text, uint64_t want)
{
    uint64_t got = 0;
    bool good = tki_time_parse(tki_str(text), &got);
    ok(good && got == want, "time '%s' is %" PRIu64, text, want);
}

static void test_times(void)
{
    time_is("1970-01-01", 0);
    time_is("1970-01-01T00:00:00Z", 0);
    time_is("2024-05-01", 1714521600000000000u);
    time_is("2024-05-01T12:00:00Z", 1714564800000000000u);
    time_is("2024-05-01t12:00:00z", 1714564800000000000u);
    time_is("2024-05-01 12:00:00Z", 1714564800000000000u);
    time_is("2024-05-01T12:00:00.25Z", 1714564800250000000u);
    time_is("2024-05-01T12:00:00.123456789Z", 1714564800123456789u);
    time_is("2024-05-01T12:00:00.1234567890Z", 1714564800123456789u);
    time_is("2024-05-01T14:00:00+02:00", 1714564800000000000u);
    time_is("2024-05-01T06:30:00-05:30", 1714564800000000000u);
    time_is("1970-01-01T01:00:00+01:00", 0);
    time_is("2000-02-29", 951782400000000000u);
    time_is("2100-02-28", 4107456000000000000u);
    time_is("2024-12-31T23:59:59Z", 1735689599000000000u);
    time_is("2554-07-21T23:34:33.709551615Z", UINT64_MAX);
    time_is("@1714564800", 1714564800000000000u);
    time_is("@1714564800.5", 1714564800500000000u);
    time_is("@0.000000001", 1);
    time_is("1714564800000000000", 1714564800000000000u);
    time_is("@0", 0);
    time_is("1714564800", 1714564800000000000u); /* the digits say the unit */
    time_is("1714564800.5", 1714564800500000000u);
    time_is("1714564800250", 1714564800250000000u);
    time_is("1714564800250.125", 1714564800250125000u);
    time_is("1714564800250125", 1714564800250125000u);
    time_is("9999999999", 9999999999000000000u);
    time_is("9999999999999999999", 9999999999999999999u);
    static const char *const bad[] = {"",
                                      "now",
                                      "@",
                                      "@-1",
                                      "-1",
                                      "1.5",
                                      "2024-5-1",
                                      "2024-13-01",
                                      "2024-00-01",
                                      "2024-04-31",
                                      "2023-02-29",
                                      "2100-02-29",
                                      "1969-12-31",
                                      "2024-05-01T12:00:00",
                                      "2024-05-01T12:00Z",
                                      "2024-05-01T24:00:00Z",
                                      "2024-05-01T12:60:00Z",
                                      "2024-05-01T12:00:60Z",
                                      "2024-05-01T12:00:00+2:00",
                                      "2024-05-01T12:00:00+24:00",
                                      "2024-05-01T12:00:00Zx",
                                      "2024-05-01T12:00:00.Z",
                                      "2024-05-01T12:00:00.1234567891Z",
                                      "2024-05-01Z",
                                      "1970-01-01T00:00:00+01:00",
                                      "2554-07-21T23:34:33.709551616Z",
                                      "9999-01-01",
                                      "@18446744074",
                                      "18446744073709551616",
                                      "0",
                                      "2026",
                                      "20260501",
                                      "171456480",
                                      "17145648000",
                                      "171456480000000",
                                      "1714564800000000000.5",
                                      "1714564800.",
                                      "2024-05-01T12:00:00.5",
                                      "24-05-01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t got = 77;
        ok(!tki_time_parse(tki_str(bad[i]), &got) && got == 77, "'%s' is no time", bad[i]);
    }
}

/* Every day from 1970 to 2554, there and back: leap years, centuries, ends of months. */
static void test_every_day(void)
{
    static const uint64_t day_ns = 86400 * UINT64_C(1000000000);
    char text[TKI_QUANTITY_MAX], before[TKI_QUANTITY_MAX] = "";
    uint64_t wrong = 0, disorder = 0;
    for (uint64_t ns = 0; ns < UINT64_MAX - day_ns; ns += day_ns) {
        uint64_t got = 1;
        tki_time_format(text, ns + 1);
        wrong += !tki_time_parse(tki_str(text), &got) || got != ns + 1;
        disorder += strcmp(before, text) >= 0;
        memcpy(before, text, sizeof text);
    }
    is_uint(wrong, 0, "each day's text reads back");
    is_uint(disorder, 0, "each day's text is after that of the day before");
    is_str(tki_time_format(text, 1714564800250000000u), "2024-05-01T12:00:00.250000000Z", "a time in text");
    is_str(tki_time_format(text, UINT64_MAX), "2554-07-21T23:34:33.709551615Z", "the last time");
}

static void test_written_sizes(void)
{
    static const struct {
        uint64_t bytes;
        const char *want;
    } all[] = {{0, "0 B"},
               {1, "1 B"},
               {999, "999 B"},
               {1000, "1.00 kB"},
               {1234, "1.23 kB"},
               {9994, "9.99 kB"},
               {9995, "10.0 kB"},
               {12345, "12.3 kB"},
               {99949, "99.9 kB"},
               {99950, "100 kB"},
               {999499, "999 kB"},
               {999500, "1.00 MB"},
               {1500000, "1.50 MB"},
               {1000000000, "1.00 GB"},
               {UINT64_C(7000000000000), "7.00 TB"},
               {UINT64_MAX, "18.4 EB"}};
    char to[TKI_QUANTITY_MAX];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        is_str(tki_size_format(to, all[i].bytes), all[i].want, "%" PRIu64 " bytes", all[i].bytes);
}

static void test_written_durations(void)
{
    static const struct {
        double ns;
        const char *want;
    } all[] = {{0, "0 s"},
               {-0.0, "0 s"},
               {1, "1 ns"},
               {0.5, "0.50 ns"},
               {999, "999 ns"},
               {12.34, "12.3 ns"},
               {1000, "1.00 us"},
               {1234567, "1.23 ms"},
               {41000000, "41.0 ms"},
               {999499999, "999 ms"},
               {999500000, "1.00 s"},
               {59.9e9, "59.9 s"},
               {59.96e9, "1 min"},
               {60e9, "1 min"},
               {90e9, "1 min 30 s"},
               {3599.4e9, "59 min 59 s"},
               {3599.6e9, "1 h"},
               {7500e9, "2 h 5 min"},
               {86369e9, "23 h 59 min"},
               {86399e9, "1 d"},
               {3 * 86400e9 + 4 * 3600e9, "3 d 4 h"},
               {-1234567, "-1.23 ms"},
               {-90e9, "-1 min 30 s"},
               {NAN, "-"},
               {INFINITY, "-"},
               {1e26, "1,157,407,407,407 d 10 h"}};
    char to[TKI_QUANTITY_MAX];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        is_str(tki_duration_format(to, all[i].ns), all[i].want, "%g ns", all[i].ns);
    static const struct {
        int64_t ns;
        const char *want;
    } exact[] = {{0, "0s"},
                 {1, "1ns"},
                 {1500000000, "1500ms"},
                 {7200 * SECOND, "2h"},
                 {604800 * SECOND, "7d"},
                 {90 * SECOND, "90s"},
                 {60 * SECOND, "1m"},
                 {-SECOND, "-1s"},
                 {INT64_MAX, "9223372036854775807ns"},
                 {INT64_MIN, "-9223372036854775808ns"}};
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        int64_t back = -1;
        is_str(tki_duration_exact(to, exact[i].ns), exact[i].want, "%" PRId64 " ns exactly", exact[i].ns);
        if (exact[i].ns >= 0)
            ok(tki_duration_parse(tki_str(to), &back) && back == exact[i].ns, "and '%s' reads back", to);
    }
}

static void test_written_others(void)
{
    char to[TKI_QUANTITY_MAX];
    is_str(tki_count_format(to, 0), "0", "count");
    is_str(tki_count_format(to, 999), "999", "count");
    is_str(tki_count_format(to, 1000), "1,000", "count");
    is_str(tki_count_format(to, 1234567), "1,234,567", "count");
    is_str(tki_count_format(to, UINT64_MAX), "18,446,744,073,709,551,615", "count");
    static const struct {
        double share;
        const char *want;
    } all[] = {{0, "0 %"},           {1, "100 %"},       {0.97, "97 %"},    {0.041, "4.1 %"}, {0.0995, "10 %"},
               {0.0994, "9.9 %"},    {0.0004, "<0.1 %"}, {0.0006, "0.1 %"}, {0.9949, "99 %"}, {0.997, "99.7 %"},
               {0.99951, ">99.9 %"}, {1.5, "150 %"},     {-0.04, "-4.0 %"}, {NAN, "-"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        is_str(tki_percent_format(to, all[i].share), all[i].want, "share %g", all[i].share);
    is_str(tki_rate_format(to, 0), "0 /s", "rate");
    is_str(tki_rate_format(to, 0.05), "0.05 /s", "rate");
    is_str(tki_rate_format(to, 12.34), "12.3 /s", "rate");
    is_str(tki_rate_format(to, 999.6), "1,000 /s", "rate");
    is_str(tki_rate_format(to, 1234.4), "1,234 /s", "rate");
    is_str(tki_rate_format(to, NAN), "-", "rate");
    is_str(tki_plural(1, "span", "spans"), "span", "one");
    is_str(tki_plural(0, "span", "spans"), "spans", "none");
}

int main(void)
{
    test_sizes();
    test_durations();
    test_rates_and_shares();
    test_times();
    test_every_day();
    test_written_sizes();
    test_written_durations();
    test_written_others();
    return done_testing();
}
