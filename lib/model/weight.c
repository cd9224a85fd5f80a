#include "model/weight.h"

#include <math.h>

#include "base/str.h"

/* ---- the OpenTelemetry member of a W3C tracestate: `ot=th:8;rv:0123456789abcd` ---- */

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

/* ---- traces ---- */

/* 2^56 (1 - p), the threshold of a probability. */
static bool jaeger_threshold(const struct tk_batch *b, const struct tk_span *s, uint64_t *threshold)
{
    const struct tk_attr *type = tk_attr_find(b, s->attrs, "sampler.type");
    const struct tk_attr *param = tk_attr_find(b, s->attrs, "sampler.param");
    if (!type || !param || type->value.type != TK_STRING)
        return false;
    tk_str name = {type->value.v.s, type->value.n};
    double p = param->value.type == TK_DOUBLE ? param->value.v.d
               : param->value.type == TK_INT  ? (double)param->value.v.i
                                              : 0;
    if (!TKI_STR_IS(name, "probabilistic") || !(p > 0 && p <= 1))
        return false;
    double t = floor((1 - p) * 0x1p56 + 0.5);
    *threshold = t < 0x1p56 - 1 ? (uint64_t)t : ((uint64_t)1 << 56) - 1;
    return true;
}

bool tki_trace_threshold(const struct tk_batch *b, uint64_t *threshold)
{
    bool found = false;
    uint64_t t;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (tk_state_threshold(b->spans[i].trace_state, &t)) {
            *threshold = !found || t > *threshold ? t : *threshold;
            found = true;
        }
    for (uint32_t i = 0; i < b->nspans && !found; i++)
        if (b->spans[i].parent_id == 0 && jaeger_threshold(b, &b->spans[i], threshold))
            return true;
    return found;
}
