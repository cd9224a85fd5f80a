#include "model/weight.h"

#include <math.h>

#include "base/num.h"

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

/* ---- spans and traces ---- */

const tk_str tki_weight_keys[TKI_WEIGHT_KEYS] = {{"sampler.type", 12}, {"sampler.param", 13}};

static tki_rate rate_of(enum tki_rate_class class, uint64_t threshold)
{
    return (uint64_t) class << 56 | threshold;
}

/* A number, also one that a store turned into text; NAN when the value is no number. */
static double number(const struct tk_value *v)
{
    double d;
    if (v->type == TK_DOUBLE)
        return v->v.d;
    if (v->type == TK_INT)
        return (double)v->v.i;
    return v->type == TK_STRING && tki_parse_double((tk_str){v->v.s, v->n}, &d) ? d : NAN;
}

/* What the tags of Jaeger's clients on a root say. */
static tki_rate tags_rate(const struct tk_batch *b, tk_range attrs)
{
    const struct tk_attr *type = tk_attr_find(b, attrs, "sampler.type");
    const struct tk_attr *param = tk_attr_find(b, attrs, "sampler.param");
    if (!type || type->value.type != TK_STRING || type->value.n == 0)
        return 0;
    tk_str name = {type->value.v.s, type->value.n};
    if (TKI_STR_IS(name, "const"))
        return rate_of(TKI_RATE_TAGS, 0);
    double p = param ? number(&param->value) : NAN;
    if (!TKI_STR_IS(name, "probabilistic") || !(p > 0 && p <= 1))
        return rate_of(TKI_RATE_UNKNOWN, 0);
    double t = floor((1 - p) * 0x1p56 + 0.5);
    return rate_of(TKI_RATE_TAGS, t < 0x1p56 - 1 ? (uint64_t)t : ((uint64_t)1 << 56) - 1);
}

tki_rate tki_span_threshold_rate(const struct tk_span *span)
{
    uint64_t threshold;
    return span->trace_state.n && tk_state_threshold(span->trace_state, &threshold) == 1
               ? rate_of(TKI_RATE_THRESHOLD, threshold)
               : 0;
}

tki_rate tki_span_rate_said(const struct tk_batch *b, const struct tk_span *span)
{
    tki_rate rate = tki_span_threshold_rate(span);
    return rate || span->parent_id || !span->attrs.count ? rate : tags_rate(b, span->attrs);
}

tki_rate tki_trace_rate(const struct tk_batch *trace)
{
    tki_rate most = 0;
    for (uint32_t i = 0; i < trace->nspans; i++) {
        tki_rate r = tki_span_rate(trace, &trace->spans[i]);
        most = r > most ? r : most;
    }
    return most;
}

tki_rate tki_rows_rate(const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    tki_rate most = 0;
    for (size_t i = 0; i < nrows; i++) {
        tki_rate r = tki_span_rate(b, &b->spans[rows[i]]);
        most = r > most ? r : most;
    }
    return most;
}
