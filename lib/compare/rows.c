#include "compare/rows.h"

enum { NUMBERS_MAX = 8, SIZES = 4 };

/* How many bytes a number takes; 0 takes none. */
static unsigned size_of(uint64_t x)
{
    return x ? (71 - (unsigned)__builtin_clzll(x)) / 8 : 0;
}

static char *put(char *to, uint64_t x, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        *to++ = (char)(x >> 8 * i);
    return to;
}

void tki_put_path(struct tki_buf *to, uint32_t path)
{
    for (; path >= 0x80; path >>= 7)
        tki_buf_putc(to, (char)(path | 0x80));
    tki_buf_putc(to, (char)path);
}

void tki_put_path_row(struct tki_buf *to, const struct tki_path_row *r)
{
    const uint64_t x[] = {r->count, r->failed, r->total_ns, r->longest_ns, r->self_ns, r->failed_ns, r->cpath_ns};
    char *start = tki_buf_room(to, SIZES + NUMBERS_MAX * sizeof *x);
    uint32_t sizes = 0;
    if (!start)
        return;
    char *p = start + SIZES;
    for (unsigned i = 0; i < sizeof x / sizeof *x; i++) {
        unsigned n = size_of(x[i]);
        sizes |= n << 4 * i;
        p = put(p, x[i], n);
    }
    put(start, sizes, SIZES);
    to->n += (size_t)(p - start);
}

void tki_put_unit_row(struct tki_buf *to, const struct tki_unit_row *r)
{
    char *start = tki_buf_room(to, NUMBERS_MAX * sizeof r->ns);
    if (!start)
        return;
    unsigned unit = size_of(r->unit | 1), count = size_of(r->count | 1), ns = size_of(r->ns);
    char *p = put(start, (unit - 1) | (count - 1) << 2 | ns << 4, 1);
    p = put(p, r->unit, unit);
    p = put(p, r->count, count);
    p = put(p, r->ns, ns);
    to->n += (size_t)(p - start);
}
