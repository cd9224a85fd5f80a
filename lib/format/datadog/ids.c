#include "base/num.h"
#include "format/datadog/datadog.h"

/* Numbers are decimal, texts of 16 or 32 characters hexadecimal, shorter ones and those of 17 to 20 digits decimal. */
uint64_t tki_dd_id(struct tki_js *j, uint64_t *high)
{
    const char *at = (tki_js_peek(j), j->p);
    uint64_t v = 0;
    *high = 0;
    if (*at != '"')
        return tki_js_u64(j);
    tk_str s = tki_js_str(j);
    if (j->error || s.n == 0)
        return 0;
    if (s.n == 32 && tki_hex16(s.p, high) && tki_hex16(s.p + 16, &v))
        return v;
    *high = 0;
    if (s.n == 16 && tki_hex16(s.p, &v))
        return v;
    if (tki_parse_u64(s, &v))
        return v;
    tki_js_fail_at(j, at, "expected an id of 64 bits, or one of 16 or 32 hexadecimal digits");
    return 0;
}

void tki_dd_trace_id(struct tki_js *j, void *to)
{
    tk_id128 *id = to;
    uint64_t high;
    id->lo = tki_dd_id(j, &high);
    id->hi = high ? high : id->hi;
}

void tki_dd_span_id(struct tki_js *j, void *to)
{
    uint64_t high;
    *(uint64_t *)to = tki_dd_id(j, &high);
}
