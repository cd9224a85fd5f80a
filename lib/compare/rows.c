#include "compare/rows.h"

enum { VARINT_MAX = 10, NUMBERS_MAX = 8 };

static char *put(char *to, uint64_t x)
{
    while (x >= 0x80) {
        *to++ = (char)(x | 0x80);
        x >>= 7;
    }
    *to++ = (char)x;
    return to;
}

static uint64_t get(const uint8_t **p)
{
    uint64_t x = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t c = *(*p)++;
        x |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return x;
    }
}

void tki_put_path_row(struct tki_buf *to, const struct tki_path_row *r)
{
    char *p = tki_buf_room(to, NUMBERS_MAX * VARINT_MAX), *start = p;
    if (!p)
        return;
    p = put(p, r->path);
    p = put(p, r->count);
    p = put(p, r->failed);
    p = put(p, r->total_ns);
    p = put(p, r->longest_ns);
    p = put(p, r->failed_ns);
    p = put(p, r->self_ns);
    p = put(p, r->cpath_ns);
    to->n += (size_t)(p - start);
}

struct tki_path_row tki_get_path_row(const uint8_t **p)
{
    struct tki_path_row r;
    r.path = (uint32_t)get(p);
    r.count = (uint32_t)get(p);
    r.failed = (uint32_t)get(p);
    r.total_ns = get(p);
    r.longest_ns = get(p);
    r.failed_ns = get(p);
    r.self_ns = get(p);
    r.cpath_ns = get(p);
    return r;
}

void tki_put_unit_row(struct tki_buf *to, const struct tki_unit_row *r)
{
    char *p = tki_buf_room(to, NUMBERS_MAX * VARINT_MAX), *start = p;
    if (!p)
        return;
    p = put(p, r->unit);
    p = put(p, r->count);
    p = put(p, r->ns);
    to->n += (size_t)(p - start);
}

struct tki_unit_row tki_get_unit_row(const uint8_t **p)
{
    struct tki_unit_row r;
    r.unit = (uint32_t)get(p);
    r.count = (uint32_t)get(p);
    r.ns = get(p);
    return r;
}
