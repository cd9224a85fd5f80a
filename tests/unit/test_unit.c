/* Times in another unit than nanoseconds are told by where they lie, and clocks that count from 0 are left alone. */
#include "model/unit.h"
#include "tap.h"

#define T2024_S UINT64_C(1704067200)
#define NS_S    UINT64_C(1000000000)

static void test_spans(void)
{
    static const struct {
        uint64_t start, end, unit;
        const char *what;
    } cases[] = {
        {T2024_S * NS_S, T2024_S * NS_S + 5, 1, "nanoseconds"},
        {T2024_S * 1000000, T2024_S * 1000000 + 5, 1000, "microseconds"},
        {T2024_S * 1000, T2024_S * 1000 + 5, 1000000, "milliseconds"},
        {T2024_S, T2024_S, NS_S, "seconds"},
        {T2024_S, T2024_S + 86400, 1, "seconds that are a day apart"},
        {T2024_S, T2024_S * NS_S, 1, "units that differ"},
        {0, 0, 1, "no times"},
        {5, T2024_S, 1, "a clock from 0"},
        {946684799, 946684799, 1, "before 2000"},
        {946684800, 946684800, NS_S, "from 2000 on"},
        {4102444800, 4102444800, 1, "2100"},
        {UINT64_MAX, UINT64_MAX, 1, "the last time"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_uint(tki_unit_of(cases[i].start, cases[i].end), cases[i].unit, "%s", cases[i].what);
}

static void test_traces(void)
{
    static const uint64_t us = T2024_S * 1000000, real = T2024_S * NS_S;
    static const struct {
        uint64_t start[2], end[2], unit;
        const char *what;
    } cases[] = {
        {{us, us + 1}, {us + 2, us + 2}, 1000, "spans that agree"},
        {{us, real}, {us + 2, real + 1}, 1000, "a span beside them that is right"},
        {{us, 7}, {us + 2, 9}, 1, "a span from 0"},
        {{us, T2024_S}, {us + 2, T2024_S}, 1, "spans that do not agree"},
        {{us, us + 1}, {us + 2, 0}, 1000, "one without an end"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tk_batch *b = tk_batch_new();
        for (int k = 0; b && k < 2; k++) {
            struct tk_span *s = tk_batch_add_span(b);
            s->start_ns = cases[i].start[k];
            s->end_ns = cases[i].end[k];
        }
        is_uint(tki_unit_of_trace(b), cases[i].unit, "%s", cases[i].what);
        tk_batch_free(b);
    }
}

int main(void)
{
    test_spans();
    test_traces();
    return done_testing();
}
