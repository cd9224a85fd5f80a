#include <stdlib.h>

#include "base/hash.h"
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

/* i/n with 1 <= i <= n. */
static void parse_shard(struct filter *f, const char *text)
{
    const char *slash = strchr(text, '/');
    if (!slash || !tki_parse_u64((tk_str){text, (size_t)(slash - text)}, &f->shard) ||
        !tki_parse_u64(tki_str(slash + 1), &f->nshards) || f->shard < 1 || f->shard > f->nshards)
        tki_die(TKI_EXIT_USAGE, "--shard: '%s' is not I/N with I from 1 to N, such as 1/4", text);
    f->shard--;
}

/* Ids are often random only in part, and samplers look at their last bytes: the hash is over all 16. */
static bool in_shard(const struct filter *f, tk_id128 id)
{
    unsigned char bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(id.hi >> (56 - 8 * i));
        bytes[8 + i] = (unsigned char)(id.lo >> (56 - 8 * i));
    }
    return tki_hash(bytes, sizeof bytes) % f->nshards == f->shard;
}

void filter_init(struct filter *f, const struct options *o)
{
    *f = (struct filter){.since_ns = o->since_given ? o->since_ns : 0,
                         .until_ns = o->until_given ? o->until_ns : UINT64_MAX};
    f->ids = calloc(o->traces.n + 1, sizeof *f->ids);
    if (!f->ids)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (; f->nids < o->traces.n; f->nids++)
        f->ids[f->nids] = parse_id(o->traces.item[f->nids]);
    qsort(f->ids, f->nids, sizeof *f->ids, compare_ids);
    if (o->shard)
        parse_shard(f, o->shard);
    f->all = !f->nids && !f->nshards && !o->since_given && !o->until_given;
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
    f->all = false;
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
             (!f->nids || bsearch(&s->trace_id, f->ids, f->nids, sizeof *f->ids, compare_ids)) &&
             (!f->nshards || in_shard(f, s->trace_id));
    }
    return n;
}
