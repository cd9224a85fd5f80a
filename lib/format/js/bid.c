#include "format/js/bid.h"

#include "format/js/scan.h"

enum { BID_DEPTH_MAX = 16, RULES_MAX = 32 };

static unsigned match(tk_str key, unsigned depth, const struct tki_key_bid *rules, uint32_t *met)
{
    for (unsigned i = 0; rules[i].key && i < RULES_MAX; i++)
        if (!(*met >> i & 1) && depth <= rules[i].depth && tki_str_eq(key, tki_str(rules[i].key))) {
            *met |= 1u << i;
            return rules[i].bits;
        }
    return 0;
}

unsigned tki_bid_keys(tk_str head, const struct tki_key_bid *rules)
{
    const char *p = head.p, *end = head.p + head.n;
    unsigned depth = 0, bits = 0;
    uint32_t met = 0;
    if (head.n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    p = tki_json_ws(p, end);
    if (p >= end || (*p != '{' && *p != '['))
        return 0;
    while (p < end) {
        if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']') {
            depth -= depth > 0;
        } else if (*p == '"') {
            const char *q = p + 1;
            while (q < end && *q != '"')
                q += *q == '\\' ? 2 : 1;
            if (q >= end)
                break;
            const char *colon = tki_json_ws(q + 1, end);
            if (colon < end && *colon == ':' && depth <= BID_DEPTH_MAX)
                bits += match((tk_str){p + 1, (size_t)(q - p - 1)}, depth, rules, &met);
            p = q;
        }
        p++;
    }
    return bits;
}

bool tki_js_resync(struct tki_decode *d)
{
    const char *start = d->in.p + d->pos, *end = d->in.p + d->in.n;
    const char *p = tki_json_ws(start, end);
    const char *q = p < end ? tki_json_skip_value(p, end) : NULL;
    if (q) {
        const char *next = tki_json_ws(q, end);
        if (next == end || *next == '{' || *next == '[' || *next == ',') {
            d->pos = (size_t)(next - d->in.p);
            return true;
        }
    }
    for (p = start; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        if (end - p > 1 && (p[1] == '{' || p[1] == '[')) {
            d->pos = (size_t)(p + 1 - d->in.p);
            return true;
        }
    return false;
}
