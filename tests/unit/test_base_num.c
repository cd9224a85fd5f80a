/* Numbers to and from text: exact, shortest, and the same in every locale. */
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/go_number.h"
#include "base/num.h"
#include "random_spans.h"
#include "tap.h"

static const char *u64_text(uint64_t x)
{
    static char t[TKI_U64_DIGITS + 1];
    t[tki_fmt_u64(t, x)] = 0;
    return t;
}

static const char *i64_text(int64_t x)
{
    static char t[TKI_U64_DIGITS + 1];
    t[tki_fmt_i64(t, x)] = 0;
    return t;
}

static const char *double_text(double x)
{
    static char t[TKI_DOUBLE_CHARS + 1];
    t[tki_fmt_double(t, x)] = 0;
    return t;
}

static bool u64_ok(uint64_t x)
{
    char want[32], text[32];
    uint64_t back;
    snprintf(want, sizeof want, "%" PRIu64, x);
    size_t n = tki_fmt_u64(text, x);
    return n == strlen(want) && n == tki_u64_chars(x) && memcmp(text, want, n) == 0 &&
           tki_parse_u64((tk_str){text, n}, &back) && back == x;
}

static bool i64_ok(int64_t x)
{
    char want[32], text[32];
    int64_t back;
    snprintf(want, sizeof want, "%" PRId64, x);
    size_t n = tki_fmt_i64(text, x);
    return n == strlen(want) && n == tki_i64_chars(x) && memcmp(text, want, n) == 0 &&
           tki_parse_i64((tk_str){text, n}, &back) && back == x;
}

static void test_integers(struct rng *r)
{
    unsigned bad = 0;
    uint64_t p = 1;
    for (int e = 0; e < 20; e++, p *= 10)
        for (int d = -1000; d <= 1000; d++) {
            uint64_t x = p + (uint64_t)(int64_t)d;
            bad += !u64_ok(x) + !i64_ok((int64_t)x) + !i64_ok(-(int64_t)(x >> 1));
        }
    is_uint(bad, 0, "all integers within 1000 of each power of ten, both signs");
    bad = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t x = rng_next(r) >> rng_below(r, 64);
        bad += !u64_ok(x) + !i64_ok((int64_t)x);
    }
    is_uint(bad, 0, "random integers of every length");
    is_str(u64_text(UINT64_MAX), "18446744073709551615", "the largest u64");
    is_str(i64_text(INT64_MIN), "-9223372036854775808", "the smallest i64");
    is_str(i64_text(INT64_MAX), "9223372036854775807", "the largest i64");
}

static void test_parse_integers(void)
{
    static const struct {
        const char *text;
        int u, i; /* is it one? */
        uint64_t value;
    } cases[] = {
        {"0", 1, 1, 0},
        {"-0", 1, 1, 0},
        {"-0.0", 1, 1, 0},
        {"0e999999999999", 1, 1, 0},
        {"0e-999999999999", 1, 1, 0},
        {"1.6e18", 1, 1, 1600000000000000000},
        {"12.0", 1, 1, 12},
        {"12.", 1, 1, 12},
        {"1.50e1", 1, 1, 15},
        {"-5e2", 0, 1, (uint64_t)-500},
        {"+7", 1, 1, 7},
        {"1E3", 1, 1, 1000},
        {"1e+3", 1, 1, 1000},
        {"1000e-3", 1, 1, 1},
        {"0.0000001e7", 1, 1, 1},
        {"000000000000000000000000000000000000000000012", 1, 1, 12},
        {"9007199254740993", 1, 1, 9007199254740993},
        {"9.007199254740993e15", 1, 1, 9007199254740993},
        {"18446744073709551615", 1, 0, UINT64_MAX},
        {"18446744073709551615.000", 1, 0, UINT64_MAX},
        {"184467440737095516150e-1", 1, 0, UINT64_MAX},
        {"1.8446744073709551615e19", 1, 0, UINT64_MAX},
        {"18446744073709551616", 0, 0, 0},
        {"1e19", 1, 0, 10000000000000000000u},
        {"1e20", 0, 0, 0},
        {"2e19", 0, 0, 0},
        {"9223372036854775807", 1, 1, INT64_MAX},
        {"9223372036854775808", 1, 0, 9223372036854775808u},
        {"-9223372036854775808", 0, 1, 9223372036854775808u},
        {"-9223372036854775809", 0, 0, 0},
        {"1.5", 0, 0, 0},
        {"15e-1", 0, 0, 0},
        {"1e-1", 0, 0, 0},
        {"1e99999999999999999999", 0, 0, 0},
        {"", 0, 0, 0},
        {"-", 0, 0, 0},
        {"+", 0, 0, 0},
        {".", 0, 0, 0},
        {"e5", 0, 0, 0},
        {"1e", 0, 0, 0},
        {"1e+", 0, 0, 0},
        {"1e5x", 0, 0, 0},
        {"1 ", 0, 0, 0},
        {" 1", 0, 0, 0},
        {"--1", 0, 0, 0},
        {"1.2.3", 0, 0, 0},
        {"0x10", 0, 0, 0},
        {"1,5", 0, 0, 0},
        {"NaN", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t u = 77;
        int64_t s = 77;
        bool is_u = tki_parse_u64(tki_str(cases[i].text), &u), is_i = tki_parse_i64(tki_str(cases[i].text), &s);
        ok(is_u == cases[i].u && u == (is_u ? cases[i].value : 77), "'%s' as u64", cases[i].text);
        ok(is_i == cases[i].i && s == (is_i ? (int64_t)cases[i].value : 77), "'%s' as i64", cases[i].text);
    }
    char longest[500];
    memset(longest, '0', sizeof longest);
    longest[399] = '7';
    uint64_t x = 0;
    ok(tki_parse_u64((tk_str){longest, 400}, &x) && x == 7, "400 characters are a number");
    ok(!tki_parse_u64((tk_str){longest, 401}, &x), "401 are not");
}

/* Does a decimal of n significant digits read as x?  Tries the two nearest to x, found without its text. */
static bool fits_in(double x, int n)
{
    char text[64], digits[40];
    snprintf(text, sizeof text, "%.*e", n + 3, x); /* correctly rounded, with digits to spare */
    int m = 0;
    const char *p = text;
    for (; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            digits[m++] = *p;
    int exponent = atoi(p + 1) - n + 1;
    uint64_t below = 0;
    for (int i = 0; i < n; i++)
        below = below * 10 + (uint64_t)(digits[i] - '0');
    for (uint64_t v = below; v <= below + 1; v++) {
        snprintf(text, sizeof text, "%" PRIu64 "e%d", v, exponent);
        if (strtod(text, NULL) == x)
            return true;
    }
    return false;
}

static int count_digits(const char *text)
{
    int n = 0, zeros = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9') {
            if (n == 0 && *text == '0')
                continue;
            n++;
            zeros = *text == '0' ? zeros + 1 : 0;
        }
    return n - zeros;
}

/* Reads back bit for bit, is as short as can be, fits, and has Go's layout. */
static bool double_ok(double x)
{
    const char *text = double_text(x);
    double back, a = fabs(x);
    if (strlen(text) > TKI_DOUBLE_CHARS || strtod(text, NULL) != x)
        return false;
    if (!tki_parse_double(tki_str(text), &back) || memcmp(&back, &x, sizeof x) != 0)
        return false;
    bool exponent = strchr(text, 'e') != NULL, whole = a < 9007199254740992.0 && a == floor(a);
    if (exponent != (a != 0 && (a < 1e-6 || a >= 1e21)) || (whole && strchr(text, '.')))
        return false;
    int n = count_digits(text);
    return whole || n <= 1 || !fits_in(a, n - 1);
}

static double random_double(struct rng *r, unsigned kind)
{
    double x;
    uint64_t bits = rng_next(r);
    switch (kind % 5) {
    case 0: memcpy(&x, &bits, sizeof x); return isfinite(x) ? x : 1.5;
    case 1: return (double)(bits >> 11) / 9007199254740992.0;                                /* [0, 1) */
    case 2: return (double)(bits % 1000000000) / pow(10, (double)(rng_below(r, 10)));        /* measured */
    case 3: return ldexp((double)(bits >> (11 + rng_below(r, 53))), -(int)rng_below(r, 60)); /* few bits */
    default:
        bits >>= 12 + rng_below(r, 52);
        memcpy(&x, &bits, sizeof x);
        return bits & 1 ? -x : x; /* subnormal */
    }
}

static void test_doubles(struct rng *r)
{
    static const struct {
        double x;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1.0, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {0.000001, "0.000001"},
        {0.00000123, "0.00000123"},
        {9.99999e-7, "9.99999e-7"},
        {1e-7, "1e-7"},
        {-2.5e-7, "-2.5e-7"},
        {1e-10, "1e-10"},
        {1e20, "100000000000000000000"},
        {123456789012345680000.0, "123456789012345680000"},
        {999999999999999868928.0, "999999999999999900000"},
        {1e21, "1e+21"},
        {1.5e300, "1.5e+300"},
        {9007199254740991.0, "9007199254740991"},
        {9007199254740992.0, "9007199254740992"},
        {9007199254740994.0, "9007199254740994"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {5e-324, "5e-324"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {-DBL_MAX, "-1.7976931348623157e+308"},
        {0x1p-44, "5.684341886080802e-14"},
        {0x1p-1017, "7.120236347223045e-307"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {2.0 / 3, "0.6666666666666666"},
        {100.25, "100.25"},
        {12345.678, "12345.678"},
        {1e15 + 0.5, "1000000000000000.5"},
        {HUGE_VAL, "Infinity"},
        {-HUGE_VAL, "-Infinity"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_str(double_text(cases[i].x), cases[i].text, "%s", cases[i].text);
    is_str(double_text((double)NAN), "NaN", "NaN");
    unsigned bad = 0;
    for (int e = -1074; e < 1024; e++)
        bad += !double_ok(ldexp(1, e)) + !double_ok(-ldexp(1, e));
    is_uint(bad, 0, "every power of two is shortest");
    bad = 0;
    for (int e = -323; e <= 308; e++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", e);
        double x = strtod(text, NULL);
        bad += !double_ok(x) + !double_ok(nextafter(x, 0)) + !double_ok(e < 308 ? nextafter(x, HUGE_VAL) : x);
    }
    is_uint(bad, 0, "every power of ten and its neighbours");
    bad = 0;
    for (unsigned i = 0; i < 100000; i++) {
        double x = random_double(r, i);
        if (!double_ok(x) && bad++ < 5)
            diag("%a is written %s", x, double_text(x));
    }
    is_uint(bad, 0, "100000 random doubles read back, and none has a shorter decimal");
}

static void test_parse_doubles(struct rng *r)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "1",
                                       "-1.5",
                                       "1e5",
                                       "1E+5",
                                       "1e-5",
                                       "1e22",
                                       "1e23",
                                       "1e-22",
                                       "1e-23",
                                       "1e308",
                                       "1e309",
                                       "-1e309",
                                       "5e-324",
                                       "2e-324",
                                       "0.1",
                                       "1.7976931348623157e308",
                                       "9007199254740993",
                                       "9007199254740992e22",
                                       "123456789012345678901234567890",
                                       "0.30000000000000004",
                                       "1e0000000000001",
                                       "00012.50"};
    static const char *const bad[] = {"",    "-",    "+",   ".",     "e5",   "1e",   "1e+",      "0x10",     "1,5",
                                      " 1",  "1 ",   "--1", "1.2.3", "1e5x", "inff", "infinity", "-NaN",     "1e5.5",
                                      "1_0", "1.5f", "NAN", "1e 5",  "e",    "-e1",  "+inf",     "Infinityx"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double x = 77, want = strtod(good[i], NULL);
        bool got = tki_parse_double(tki_str(good[i]), &x);
        ok(got && memcmp(&x, &want, sizeof x) == 0, "'%s' reads as strtod reads it", good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double x = 77;
        ok(!tki_parse_double(tki_str(bad[i]), &x), "'%s' is no number", bad[i]);
    }
    double x;
    ok(!tki_parse_double((tk_str){"1\0", 2}, &x), "a NUL is no part of a number");
    ok(tki_parse_double(TKI_STR("NaN"), &x) && isnan(x), "NaN");
    ok(tki_parse_double(TKI_STR("Infinity"), &x) && isinf(x) && x > 0, "Infinity");
    ok(tki_parse_double(TKI_STR("-Infinity"), &x) && isinf(x) && x < 0, "-Infinity");
    ok(tki_parse_double(TKI_STR("inf"), &x) && isinf(x) && x > 0, "inf");
    char longest[401];
    memset(longest, '1', sizeof longest);
    longest[1] = '.';
    ok(tki_parse_double((tk_str){longest, 400}, &x) && fabs(x - 10.0 / 9) < 1, "400 characters are a number");
    ok(!tki_parse_double((tk_str){longest, 401}, &x), "401 are not");
    unsigned wrong = 0;
    for (int i = 0; i < 100000; i++) {
        char text[64], *p = text;
        if (rng_below(r, 2))
            *p++ = '-';
        for (uint32_t n = 1 + rng_below(r, 18); n; n--)
            *p++ = (char)('0' + rng_below(r, 10));
        if (rng_below(r, 2)) {
            *p++ = '.';
            for (uint32_t n = 1 + rng_below(r, 8); n; n--)
                *p++ = (char)('0' + rng_below(r, 10));
        }
        if (rng_below(r, 2))
            p += snprintf(p, 12, "e%d", (int)rng_below(r, 60) - 30);
        *p = 0;
        double got, want = strtod(text, NULL);
        if (!tki_parse_double(tki_str(text), &got) || memcmp(&got, &want, sizeof got) != 0)
            if (wrong++ < 5)
                diag("%s", text);
    }
    for (int i = 0; i < 100000; i++) { /* decimals in the middle between two doubles */
        char text[64];
        uint64_t middle = (UINT64_C(1) << 53 | rng_next(r) >> 11) * 2 + 1;
        unsigned tenths = rng_below(r, 2);
        snprintf(text, sizeof text, "%" PRIu64 "e-%u", tenths ? middle * 5 : middle, tenths);
        double got, want = strtod(text, NULL);
        if (!tki_parse_double(tki_str(text), &got) || memcmp(&got, &want, sizeof got) != 0)
            if (wrong++ < 5)
                diag("%s", text);
    }
    is_uint(wrong, 0, "200000 random decimals read exactly as strtod reads them");
}

/* A locale with a decimal comma: one that is installed, or one made for the test. */
static bool comma_locale(char *dir)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (setlocale(LC_ALL, names[i]) && *localeconv()->decimal_point == ',')
            return true;
    char command[256];
    if (!mkdtemp(dir))
        return false;
    snprintf(command, sizeof command, "localedef -c -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", dir);
    if (system(command) == -1)
        return false;
    setenv("LOCPATH", dir, 1);
    return setlocale(LC_ALL, "de_DE.UTF-8") && *localeconv()->decimal_point == ',';
}

static void test_locale(struct rng *r)
{
    char dir[] = "/tmp/tracekit-locale-XXXXXX";
    if (!comma_locale(dir)) {
        skip(2, "no locale with a decimal comma, and none can be made");
    } else {
        unsigned bad = 0;
        for (unsigned i = 0; i < 2000; i++) {
            double x = random_double(r, i), back;
            const char *text = double_text(x);
            if (strchr(text, ',') || !tki_parse_double(tki_str(text), &back) || memcmp(&back, &x, sizeof x) != 0)
                bad++;
        }
        is_uint(bad, 0, "a decimal comma in the locale changes nothing");
        double x = 0;
        ok(!tki_parse_double(TKI_STR("1,5"), &x) && tki_parse_double(TKI_STR("1.7976931348623157e308"), &x) &&
               x == DBL_MAX,
           "a comma is no decimal point, a point is");
        setlocale(LC_ALL, "C");
    }
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (strstr(dir, "XXXXXX") == NULL && system(command) != 0)
        diag("%s is left", dir);
}

static void test_append(void)
{
    struct tki_buf b = {0};
    tki_buf_u64(&b, 12);
    tki_buf_putc(&b, ' ');
    tki_buf_i64(&b, -12);
    tki_buf_putc(&b, ' ');
    tki_buf_double(&b, 0.5);
    tki_buf_putc(&b, ' ');
    tki_buf_hex64(&b, 0xabc);
    is_mem(b.p, b.n, "12 -12 0.5 0000000000000abc", 27, "appending to a buffer");
    tki_buf_free(&b);
    struct tki_buf small = {.max = 4};
    tki_buf_hex64(&small, 1);
    ok(small.err == TK_ELIMIT && small.n == 0, "a full buffer takes no half number");
    tki_buf_free(&small);
}

/* What strconv.ParseFloat and ParseInt of Go 1.26 answered. */
static void test_go_numbers(void)
{
    static const struct {
        const char *text;
        bool good;
        double want;
    } floats[] = {
        {"1", true, 1},        {"-0x1.8p1", true, -3},
        {".5", true, .5},      {"5.", true, 5},
        {"1_000", true, 1000}, {"1E5", true, 1e5},
        {"0x_1p3", true, 8},   {"Inf", true, INFINITY},
        {"1e-400", true, 0},   {"-infinity", true, -INFINITY},
        {"0x10", false, 0},    {"1e999", false, 0},
        {" 1", false, 0},      {"1 ", false, 0},
        {"", false, 0},        {"infinit", false, 0},
        {"1__0", false, 0},    {"_1", false, 0},
        {"1_", false, 0},      {"e5", false, 0},
        {"1e+", false, 0},     {"nan(1)", false, 0},
        {"1d", false, 0},
    };
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        double x = -7;
        bool good = tki_go_parse_float(tki_str(floats[i].text), &x);
        ok(good == floats[i].good && (!good || x == floats[i].want), "Go's float `%s`: %s", floats[i].text,
           good ? "a number" : "none");
    }
    char long_one[600] = "0.";
    double x = 1;
    memset(long_one + 2, '0', 500);
    strcpy(long_one + 502, "1");
    ok(tki_go_parse_float(tki_str(long_one), &x) && x == 0, "a float of 503 characters");
    int64_t i = 0;
    ok(!tki_go_parse_int(TKI_STR("0x7f"), 0, &i) && i == 127, "a prefix with base 0");
    ok(tki_go_parse_int(TKI_STR("0x7f"), 10, &i) != NULL, "no prefix with base 10");
}

int main(void)
{
    struct rng r = {rng_seed()};
    diag("SEED=%" PRIu64, rng_seed());
    test_integers(&r);
    test_parse_integers();
    test_doubles(&r);
    test_parse_doubles(&r);
    test_go_numbers();
    test_append();
    test_locale(&r);
    return done_testing();
}
