/* The OpenTelemetry member of a W3C tracestate: `ot=th:8;rv:0123456789abcd`. */
#include "base/str.h"

/* The value of the first list member `ot`, or an empty string. */
static tk_str ot_member(tk_str state)
{
    const char *p = state.p, *end = state.p + state.n;
    while (p < end) {
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma ? comma : end;
        const char *last = stop;
        while (last > p && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        if (last - p >= 3 && memcmp(p, "ot=", 3) == 0)
            return (tk_str){p + 3, (size_t)(last - p - 3)};
        p = comma ? comma + 1 : end;
    }
    return (tk_str){0};
}

/* The value of `key` in `key:value;key:value`. */
static bool sub_value(tk_str ot, const char *key, tk_str *value)
{
    size_t k = strlen(key);
    const char *p = ot.p, *end = ot.p + ot.n;
    while (p < end) {
        const char *semi = memchr(p, ';', (size_t)(end - p));
        const char *stop = semi ? semi : end;
        if ((size_t)(stop - p) > k && memcmp(p, key, k) == 0 && p[k] == ':') {
            *value = (tk_str){p + k + 1, (size_t)(stop - p) - k - 1};
            return true;
        }
        p = semi ? semi + 1 : end;
    }
    return false;
}

/* 1 to 14 lower-case hexadecimal digits, padded with zeros on the right to 56 bits. */
static bool hex56(tk_str s, uint64_t *x)
{
    if (s.n < 1 || s.n > 14)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        unsigned d;
        if (c >= '0' && c <= '9')
            d = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            d = (unsigned)(c - 'a' + 10);
        else
            return false;
        v = v << 4 | d;
    }
    *x = v << 4 * (14 - s.n);
    return true;
}

int tk_state_threshold(tk_str trace_state, uint64_t *threshold)
{
    tk_str v;
    if (trace_state.n < 4)
        return 0;
    return sub_value(ot_member(trace_state), "th", &v) && hex56(v, threshold);
}

int tk_state_randomness(tk_str trace_state, uint64_t *randomness)
{
    tk_str v;
    if (trace_state.n < 4)
        return 0;
    return sub_value(ot_member(trace_state), "rv", &v) && v.n == 14 && hex56(v, randomness);
}

double tk_threshold_weight(uint64_t threshold)
{
    const double all = 72057594037927936.0; /* 2^56 */
    return all / (all - (double)threshold);
}
