#include <stdlib.h>

#include "base/num.h"
#include "cli/msg.h"
#include "tracecat.h"

static int compare_ids(const void *a, const void *b)
{
    const tk_id128 *x = a, *y = b;
    if (x->hi != y->hi)
        return x->hi < y->hi ? -1 : 1;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

static tk_id128 parse_id(const char *text)
{
    tk_str s = tki_str(text);
    tk_id128 id = {0, 0};
    size_t low = s.n > 16 ? 16 : s.n;
    if (s.n == 0 || s.n > 32 || !tki_hex_short((tk_str){s.p + s.n - low, low}, &id.lo) ||
        !tki_hex_short((tk_str){s.p, s.n - low}, &id.hi))
        tki_die(TKI_EXIT_USAGE, "'%s' is no trace id: expected up to 32 hexadecimal digits", text);
    return id;
}

void filter_init(struct filter *f, const struct options *o)
{
    *f = (struct filter){.since_ns = o->since_given ? o->since_ns : 0, .until_ns = o->until_given ? o->until_ns : UINT64_MAX};
    f->ids = calloc(o->traces.n + 1, sizeof *f->ids);
    if (!f->ids)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (; f->nids < o->traces.n; f->nids++)
        f->ids[f->nids] = parse_id(o->traces.item[f->nids]);
    qsort(f->ids, f->nids, sizeof *f->ids, compare_ids);
}

void filter_ids(struct filter *f, const tk_id128 *ids, size_t n)
{
    tk_id128 *copy = calloc(n + 1, sizeof *copy);
    if (!copy)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (n)
        memcpy(copy, ids, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, compare_ids);
    free(f->ids);
    f->ids = copy;
    f->nids = n;
}

void filter_free(struct filter *f)
{
    free(f->ids);
}

size_t filter_rows(const struct filter *f, const struct tk_batch *b, uint32_t *rows)
{
    size_t n = 0;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        rows[n] = i;
        n += s->start_ns >= f->since_ns && (s->start_ns < f->until_ns || f->until_ns == UINT64_MAX) &&
             (!f->nids || bsearch(&s->trace_id, f->ids, f->nids, sizeof *f->ids, compare_ids));
    }
    return n;
}
