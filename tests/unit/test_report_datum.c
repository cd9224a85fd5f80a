/* Numbers, values with units, paths: what people read and what programs read of each, in the width there is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/datum.h"
#include "report/number.h"
#include "tap.h"

static const char *text_of(struct tki_buf *b)
{
    tki_buf_putc(b, 0);
    b->n--;
    return b->p;
}

/* ---- numbers ---- */

static void test_numbers(void)
{
    static const struct {
        double x;
        const char *measured, *given;
    } all[] = {
        {0, "0", "0"},
        {-0.0, "0", "0"},
        {1, "1", "1"},
        {12.34, "12.3", "12.34"},
        {9.999, "10.0", "9.999"},
        {9.99999999999999, "10", "9.99999999999999"},
        {0.0521, "0.0521", "0.0521"},
        {0.05, "0.05", "0.05"},
        {0.9996, "1.00", "0.9996"},
        {0.00009996, "0.0001", "0.00009996"},
        {0.000068741, "0.0000687", "0.000068741"},
        {0.1, "0.1", "0.1"},
        {0.1 + 0.2, "0.3", "0.30000000000000004"},
        {999.4, "999", "999.4"},
        {999.6, "1,000", "999.6"},
        {10586.4, "10,586", "10,586.4"},
        {1234567.891, "1,234,568", "1,234,567.891"},
        {1e15, "1,000,000,000,000,000", "1,000,000,000,000,000"},
        {1e18, "1,000,000,000,000,000,000", "1,000,000,000,000,000,000"},
        {1e19, ">1,000,000,000,000,000,000", ">1,000,000,000,000,000,000"},
        {1e300, ">1,000,000,000,000,000,000", ">1,000,000,000,000,000,000"},
        {1e-12, "0.000000000001", "0.000000000001"},
        {1e-13, "<0.000000000001", "<0.000000000001"},
        {-12.34, "-12.3", "-12.34"},
        {-10586.4, "-10,586", "-10,586.4"},
        {NAN, "-", "-"},
        {-INFINITY, "-", "-"},
    };
    char to[TKI_QUANTITY_MAX];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        is_str(tki_number_format(to, all[i].x), all[i].measured, "%g, measured", all[i].x);
        is_str(tki_exact_format(to, all[i].x), all[i].given, "%g, given", all[i].x);
    }
}

static void test_units(void)
{
    char to[TKI_QUANTITY_MAX];
    is_str(tki_bytes_format(to, 189.2), "189 B", "part of a byte");
    is_str(tki_bytes_format(to, 0.5), "0.5 B", "half a byte");
    is_str(tki_bytes_format(to, 999.6), "1.00 kB", "rounded up into the next unit");
    is_str(tki_bytes_format(to, -2.5e12), "-2.50 TB", "fewer bytes");
    is_str(tki_bytes_format(to, 5e24), "5,000,000 EB", "more than there are units for");
    is_str(tki_byte_rate_format(to, 20020), "20.0 kB/s", "a rate of bytes");
    is_str(tki_byte_rate_format(to, NAN), "-", "a rate that is not known");
    is_str(tki_dollars_format(to, 0), "0.00", "nothing");
    is_str(tki_dollars_format(to, 35.924), "35.92", "dollars");
    is_str(tki_dollars_format(to, 0.004), "<0.01", "less than a cent");
    is_str(tki_dollars_format(to, 999.99), "999.99", "the last with cents");
    is_str(tki_dollars_format(to, 999.996), "1,000", "a thousand has none");
    is_str(tki_dollars_format(to, 12345.67), "12,346", "tens of thousands");
    is_str(tki_dollars_format(to, -3.5), "-3.50", "saved");
    is_str(tki_percent_format(to, 123.45), "12,345 %", "many times as much");
    is_str(tki_percent_format(to, 0.999999999999998), "100 %", "all, but for rounding");
    is_str(tki_percent_format(to, -0.0003), ">-0.1 %", "a little less");
    is_str(tki_percent_format(to, -0.9997), "<-99.9 %", "nearly all less");
    is_str(tki_rate_format(to, 0.0000687), "0.0000687 /s", "a rare event");
}

static void value_is(struct tki_datum v, const char *shown, const char *bare)
{
    struct tki_buf a = {0}, b = {0};
    tki_datum_text(&v, SIZE_MAX, &a);
    tki_datum_bare(&v, &b);
    is_str(text_of(&a), shown, "'%s' for people", shown);
    is_str(text_of(&b), bare, "'%s' for programs", bare);
    tki_buf_free(&a);
    tki_buf_free(&b);
}

static void test_values(void)
{
    value_is(tki_d_none(), "-", "");
    value_is(tki_d_words(NULL), "-", "");
    value_is(tki_d_bool(true), "true", "true");
    value_is(tki_d_count(UINT64_MAX), "18,446,744,073,709,551,615", "18446744073709551615");
    value_is(tki_d_integer(-1234), "-1,234", "-1234");
    value_is(tki_d_ns(1234567), "1.23 ms", "1234567");
    value_is(tki_d_mean_ns(0.3), "0 s", "0.3");
    value_is(tki_d_signed(tki_d_mean_ns(41e6)), "+41.0 ms", "41000000");
    value_is(tki_d_signed(tki_d_mean_ns(-41e6)), "-41.0 ms", "-41000000");
    value_is(tki_d_signed(tki_d_mean_ns(0)), "0 s", "0");
    value_is(tki_d_signed(tki_d_count(5)), "+5", "5");
    value_is(tki_d_share(0.041), "4.1 %", "0.041");
    value_is(tki_d_number(NAN), "-", "");
    value_is(tki_d_bytes(1234), "1.23 kB", "1234");
    value_is(tki_d_rate(12.345), "12.3 /s", "12.345");
    value_is(tki_d_time(1714564800250000000u), "2024-05-01T12:00:00.250000000Z", "1714564800250000000");
    value_is(tki_d_trace_id((tk_id128){1, 0xabc}), "00000000000000010000000000000abc",
             "00000000000000010000000000000abc");
    value_is(tki_d_span_id(0xabc), "0000000000000abc", "0000000000000abc");
    value_is(tki_d_range(tki_d_signed(tki_d_mean_ns(0)), -1e6, 2e6), "-1.00 ms to +2.00 ms", "-1000000 to 2000000");
    value_is(tki_d_range(tki_d_mean_ns(0), 1750000000, 1750000400), "1.75 s", "1750000000 to 1750000400");
    value_is(tki_d_name(TKI_STR("a\x1b[31m")), "a\\x1b[31m", "a\x1b[31m");
    value_is(tki_d_code(TKI_STR("GET /")), "`GET /`", "GET /");
}

/* Steps of three services, and how the path looks in less and less room. */
static void test_paths(void)
{
    const struct tki_path_step step[] = {{TKI_STR("front"), TKI_STR("GET /"), "server"},
                                         {TKI_STR("front"), TKI_STR("call"), "client"},
                                         {TKI_STR("back"), TKI_STR("SELECT stock"), NULL},
                                         {{"", 0}, {"", 0}, NULL}};
    struct tki_datum v = tki_d_path(step, 4, false);
    static const struct {
        size_t width;
        const char *want;
    } all[] = {{SIZE_MAX, "front: GET / > call > back: SELECT stock > (no name)"},
               {52, "front: GET / > call > back: SELECT stock > (no name)"},
               {51, "... > front: call > back: SELECT stock > (no name)"},
               {40, "... > back: SELECT stock > (no name)"},
               {30, "... > (no name)"},
               {12, "... > (no\xe2\x80\xa6"
                    "e)"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct tki_buf b = {0};
        tki_datum_text(&v, all[i].width, &b);
        is_str(text_of(&b), all[i].want, "a path in %zu columns", all[i].width);
        tki_buf_free(&b);
    }
    value_is(v, all[0].want, "front: GET / > front: call > back: SELECT stock > (no name)");
    value_is(tki_d_path(step + 2, 1, true), "... > back: SELECT stock", "... > back: SELECT stock");
    /* A service is not cut where its name and the step's fit. */
    const struct tki_path_step long_service[] = {{TKI_STR("root"), TKI_STR("a root step"), NULL},
                                                 {TKI_STR("frontend-proxy"), TKI_STR("get"), NULL},
                                                 {TKI_STR("frontend-proxy"), TKI_STR("price order"), NULL}};
    struct tki_buf b = {0};
    struct tki_datum cut = tki_d_path(long_service, 3, false);
    tki_datum_text(&cut, 40, &b);
    is_str(text_of(&b), "... > frontend-proxy: get > price order", "the service is whole where it fits");
    tki_buf_free(&b);
}

static void middle_is(tk_str s, size_t width, const char *want)
{
    struct tki_buf b = {0};
    size_t columns = tki_buf_fit_middle(&b, s, width);
    is_str(text_of(&b), want, "'%s' in %zu columns", want, width);
    is_uint(columns, tki_text_width((tk_str){b.p, b.n}), "and its columns");
    ok(columns <= width, "and no more than there are");
    tki_buf_free(&b);
}

static void test_middle(void)
{
    middle_is(TKI_STR("checkout-service-prod-eu-west-1"), 40, "checkout-service-prod-eu-west-1");
    middle_is(TKI_STR("checkout-service-prod-eu-west-1"), 15, "checkou\xe2\x80\xa6-west-1");
    middle_is(TKI_STR("abcdefgh"), 8, "abcdefgh");
    middle_is(TKI_STR("abcdefghi"), 8, "abcd\xe2\x80\xa6ghi");
    middle_is(TKI_STR("abcdefghi"), 4, "abc\xe2\x80\xa6");
    middle_is(TKI_STR("abc"), 0, "");
    middle_is(TKI_STR("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2"), 7,
              "\xe6\xbc\xa2\xe2\x80\xa6\xe5\xad\x97\xe6\xbc\xa2");
    middle_is(TKI_STR("aaaaaaaaaa\xcc\x88z"), 7,
              "aaa\xe2\x80\xa6"
              "aa\xcc\x88z");
}

static void wrap_is(const char *text, size_t at, size_t indent, size_t width, const char *want)
{
    struct tki_buf b = {0};
    tki_buf_wrap(&b, tki_str(text), at, indent, width);
    is_str(text_of(&b), want, "'%s' in %zu columns", text, width);
    tki_buf_free(&b);
}

static void test_wrap(void)
{
    wrap_is("a 41.0" TKI_GLUE "ms gap", 0, 0, 10, "a 41.0 ms\ngap");
    wrap_is("a 41.0" TKI_GLUE "ms gap", 0, 0, 8, "a\n41.0 ms\ngap");
    wrap_is("abcdefghij k", 0, 0, 4, "abcd\nefgh\nij k");
    wrap_is("abcdefghij", 2, 2, 6, "abcd\n  efgh\n  ij");
    wrap_is("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 0, 0, 5, "\xe6\xbc\xa2\xe5\xad\x97\n\xe6\xbc\xa2");
    wrap_is("one\ntwo three", 0, 1, 6, " one\n two\n three");
}

int main(void)
{
    test_numbers();
    test_units();
    test_values();
    test_paths();
    test_middle();
    test_wrap();
    return done_testing();
}
