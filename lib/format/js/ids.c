#include "format/js/ids.h"

#include "base/num.h"

enum { BYTES_MAX = 16 };

/* Bytes at the cursor, where numbers may come in any order: how many there are, one more than fit when that is so. */
struct bytes {
    unsigned char at[BYTES_MAX];
    size_t n;
};

static void put(struct tki_js *j, struct bytes *to, uint64_t place)
{
    const char *at = (tki_js_peek(j), j->p);
    int64_t byte = tki_js_i64(j); /* those of Java have a sign */
    if ((byte < INT8_MIN || byte > UINT8_MAX) && !j->error)
        tki_js_fail_at(j, at, "expected a byte of an id");
    if (place < BYTES_MAX)
        to->at[place] = (unsigned char)byte;
    if (place >= to->n)
        to->n = place < BYTES_MAX ? place + 1 : BYTES_MAX + 1;
}

static void list(struct tki_js *j, struct bytes *to)
{
    if (tki_js_array(j))
        for (uint64_t i = 0; tki_js_item(j); i++)
            put(j, to, i);
}

static struct bytes read_bytes(struct tki_js *j)
{
    struct bytes b = {.n = 0};
    tk_str k;
    if (tki_js_peek(j) == '[') {
        list(j, &b);
        return b;
    }
    if (!tki_js_object(j))
        return b;
    while (tki_js_key(j, &k)) {
        uint64_t place;
        if (TKI_STR_IS(k, "data") && tki_js_peek(j) == '[')
            list(j, &b);
        else if (tki_parse_u64(k, &place))
            put(j, &b, place);
        else
            tki_js_skip(j);
    }
    return b;
}

/* Returns true if bytes stand there instead of a string; *id is right-aligned. */
static bool bytes_instead(struct tki_js *j, size_t bytes, const char *wrong, tk_id128 *id)
{
    char c = tki_js_peek(j);
    const char *at = j->p;
    if (c != '[' && c != '{')
        return false;
    struct bytes b = read_bytes(j);
    *id = (tk_id128){0};
    j->odd = true;
    if (!j->error && b.n && b.n != bytes) {
        tki_js_fail_at(j, at, wrong);
    } else if (b.n == bytes) {
        id->lo = tki_load_be64(b.at + bytes - 8);
        id->hi = bytes == 16 ? tki_load_be64(b.at) : 0;
    }
    return true;
}

bool tki_js_id_number(struct tki_js *j, size_t bytes, tk_id128 *id)
{
    char c = tki_js_peek(j);
    struct tki_js before = *j;
    if ((c < '0' || c > '9') && c != '-')
        return false;
    tk_str s = tki_js_raw(j);
    int64_t below_zero = 0;
    __extension__ unsigned __int128 n = 0, most = ~n;
    bool good = !j->error && (c != '-' || tki_parse_i64(s, &below_zero));
    for (size_t i = 0; good && c != '-' && i < s.n; i++) {
        unsigned digit = (unsigned)(s.p[i] - '0');
        good = digit < 10 && n <= (most - digit) / 10;
        n = n * 10 + digit;
    }
    if (!good || (bytes == 8 && n >> 64)) {
        *j = before;
        return false;
    }
    *id = (tk_id128){(uint64_t)(n >> 64), c == '-' ? (uint64_t)below_zero : (uint64_t)n};
    j->odd = true;
    return true;
}

tk_id128 tki_js_trace_id(struct tki_js *j)
{
    tk_id128 id;
    if (bytes_instead(j, 16, "expected the 16 bytes of a trace id", &id))
        return id;
    return tki_trace_id(j->batch, tki_js_str(j), &j->odd);
}

uint64_t tki_js_span_id(struct tki_js *j)
{
    tk_id128 id;
    if (bytes_instead(j, 8, "expected the 8 bytes of a span id", &id))
        return id.lo;
    return tki_span_id(j->batch, tki_js_str(j), &j->odd);
}

tk_id128 tki_js_trace_id_memo(struct tki_js *j, struct tki_id_memo *m)
{
    if (tki_js_peek(j) != '"')
        return tki_js_trace_id(j);
    return tki_trace_id_memo(m, j->batch, tki_js_str(j), &j->odd);
}
