#include "filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/num.h"
#include "cli/msg.h"
#include "report/number.h"

enum {
    NEAR_IDS_MAX = 8, /* with more ids than these, no similar ids are looked for */
    NEAR_DIGITS_MIN =
        8,        /* digits that a similar id must have in common with the given one, unless it has all of them */
    SAID_MAX = 5, /* traces that are named */
};

static int compare_ids(const void *a, const void *b)
{
    const struct filter_id *x = a, *y = b;
    if (x->id.hi != y->id.hi)
        return x->id.hi < y->id.hi ? -1 : 1;
    return (x->id.lo > y->id.lo) - (x->id.lo < y->id.lo);
}

static int parse_id(struct filter_id *id, const char *text, struct tk_err *err)
{
    tk_str s = tki_str(text);
    size_t low = s.n > 16 ? 16 : s.n;
    *id = (struct filter_id){.digits = (unsigned)s.n};
    if (s.n == 0 || s.n > 32 || !tki_hex_short((tk_str){s.p + s.n - low, low}, &id->id.lo) ||
        !tki_hex_short((tk_str){s.p, s.n - low}, &id->id.hi))
        return tki_err_set(err, TK_EUSAGE, "'%.80s' is no trace id: expected up to 32 hexadecimal digits", text);
    return 0;
}

/* i/n with 1 <= i <= n. */
static int parse_shard(struct filter *f, const char *text, struct tk_err *err)
{
    const char *slash = strchr(text, '/');
    if (!slash || !tki_parse_u64((tk_str){text, (size_t)(slash - text)}, &f->shard) ||
        !tki_parse_u64(tki_str(slash + 1), &f->nshards) || f->shard < 1 || f->shard > f->nshards)
        return tki_err_set(err, TK_EUSAGE, "--shard: '%.80s' is not I/N with I from 1 to N, such as 1/4", text);
    f->shard--;
    return 0;
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

int filter_of(struct filter *f, const struct options *o, struct tk_err *err)
{
    *f = (struct filter){.since_ns = o->since_given ? o->since_ns : 0,
                         .until_ns = o->until_given ? o->until_ns : UINT64_MAX};
    f->ids = calloc(o->traces.n + 1, sizeof *f->ids);
    if (!f->ids)
        return tki_err_memory(err);
    for (; f->nids < o->traces.n; f->nids++)
        if (parse_id(&f->ids[f->nids], o->traces.item[f->nids], err) < 0)
            return TK_EUSAGE;
    qsort(f->ids, f->nids, sizeof *f->ids, compare_ids);
    if (o->shard && parse_shard(f, o->shard, err) < 0)
        return TK_EUSAGE;
    if (o->since_given && o->until_given && o->since_ns >= o->until_ns)
        return tki_err_set(err, TK_EUSAGE, "--since is not before --until: no span starts between them");
    f->all = !f->nids && !f->nshards && !o->since_given && !o->until_given;
    return 0;
}

int filter_of_traces(struct filter *to, const struct filter *f, const tk_id128 *ids, size_t n)
{
    *to = *f;
    to->ids = calloc(n + 1, sizeof *to->ids);
    if (!to->ids)
        return TK_ENOMEM;
    for (to->nids = 0; to->nids < n; to->nids++)
        to->ids[to->nids] = (struct filter_id){ids[to->nids], 32};
    qsort(to->ids, n, sizeof *to->ids, compare_ids);
    to->all = false;
    return 0;
}

/* Returns NULL when the id is not one of those that were given. */
static const struct filter_id *find_id(const struct filter *f, tk_id128 id)
{
    const struct filter_id key = {id, 0};
    return f->nids ? bsearch(&key, f->ids, f->nids, sizeof *f->ids, compare_ids) : NULL;
}

size_t filter_rows(const struct filter *f, const struct tk_batch *b, uint32_t *rows)
{
    size_t n = 0;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        rows[n] = i;
        n += s->start_ns >= f->since_ns && (s->start_ns < f->until_ns || f->until_ns == UINT64_MAX) &&
             (!f->nids || find_id(f, s->trace_id)) && (!f->nshards || in_shard(f, s->trace_id));
    }
    return n;
}

void filter_free(struct filter *f)
{
    free(f->ids);
    f->ids = NULL;
}

/* ---- what was met ---- */

static bool prepare(struct filter_met *met, const struct filter *f)
{
    if (met->found)
        return true;
    met->found = calloc(f->nids + 1, sizeof *met->found);
    met->near = calloc(f->nids + 1, sizeof *met->near);
    return met->found && met->near;
}

/* Returns how many first digits an id has in common with a given one.  An id of 64 bits counts as one of 16 digits. */
static unsigned common_digits(const struct filter_id *given, tk_id128 id)
{
    unsigned width = id.hi ? 32 : 16, n = 0;
    if (given->digits > width)
        return 0;
    while (n < given->digits) {
        unsigned at = 4 * (width - 1 - n), of = 4 * (given->digits - 1 - n);
        unsigned x = (unsigned)((at < 64 ? id.lo >> at : id.hi >> (at - 64)) & 15);
        unsigned y = (unsigned)((of < 64 ? given->id.lo >> of : given->id.hi >> (of - 64)) & 15);
        if (x != y)
            break;
        n++;
    }
    return n == given->digits || n >= NEAR_DIGITS_MIN ? n : 0;
}

static void look_near(struct filter_met *met, const struct filter *f, tk_id128 id)
{
    for (size_t i = 0; i < f->nids && f->nids <= NEAR_IDS_MAX; i++) {
        unsigned n = met->found[i] ? 0 : common_digits(&f->ids[i], id);
        if (n > met->near[i].digits)
            met->near[i] = (struct filter_id){id, n};
    }
}

int filter_meet(const struct filter *f, const struct tk_batch *b, size_t passed, struct filter_met *met)
{
    if (!prepare(met, f))
        return TK_ENOMEM;
    met->spans += b->nspans;
    met->passed += passed;
    for (uint32_t i = 0; !f->all && i < b->nspans; i++) {
        uint64_t start = b->spans[i].start_ns;
        const struct filter_id *id = find_id(f, b->spans[i].trace_id);
        if (id)
            met->found[id - f->ids] = true;
        else
            look_near(met, f, b->spans[i].trace_id);
        met->first_ns = start && (start < met->first_ns || !met->last_ns) ? start : met->first_ns;
        met->last_ns = start > met->last_ns ? start : met->last_ns;
    }
    return 0;
}

int filter_met_take(struct filter_met *all, struct filter_met *batch, const struct filter *f)
{
    if (!batch->found)
        return 0;
    if (!prepare(all, f))
        return TK_ENOMEM;
    all->spans += batch->spans;
    all->passed += batch->passed;
    if (batch->last_ns) {
        all->first_ns = batch->first_ns < all->first_ns || !all->last_ns ? batch->first_ns : all->first_ns;
        all->last_ns = batch->last_ns > all->last_ns ? batch->last_ns : all->last_ns;
    }
    for (size_t i = 0; i < f->nids; i++) {
        all->found[i] |= batch->found[i];
        if (batch->near[i].digits > all->near[i].digits)
            all->near[i] = batch->near[i];
    }
    memset(batch->found, 0, f->nids * sizeof *batch->found);
    memset(batch->near, 0, f->nids * sizeof *batch->near);
    batch->spans = batch->passed = batch->first_ns = batch->last_ns = 0;
    return 0;
}

static void say_absent(const struct filter_id *id, const struct filter_id *near)
{
    char given[40], like[40];
    snprintf(given, sizeof given, "%016" PRIx64 "%016" PRIx64, id->id.hi, id->id.lo);
    snprintf(like, sizeof like, "%016" PRIx64 "%016" PRIx64, near->id.hi, near->id.lo);
    const char *text = given + 32 - id->digits;
    if (!near->digits)
        tki_msg("no span of trace %s was read", text);
    else if (near->digits == id->digits)
        tki_msg("no span of trace %s was read; an id that begins so is %s", text, like + (near->id.hi ? 0 : 16));
    else
        tki_msg("no span of trace %s was read; the nearest id is %s", text, like + (near->id.hi ? 0 : 16));
}

void filter_met_say(const struct filter_met *met, const struct filter *f)
{
    char from[TKI_QUANTITY_MAX], to[TKI_QUANTITY_MAX];
    size_t absent = 0;
    if (!met->spans) /* whoever read nothing says so */
        return;
    for (size_t i = 0; i < f->nids; i++)
        if (!met->found[i] && ++absent <= SAID_MAX)
            say_absent(&f->ids[i], &met->near[i]);
    if (absent > SAID_MAX)
        tki_msg("nor of %zu more traces", absent - SAID_MAX);
    if (met->passed || absent)
        return;
    if ((f->since_ns || f->until_ns != UINT64_MAX) && met->last_ns)
        tki_msg("no span was selected: those that were read start from %s to %s", tki_time_format(from, met->first_ns),
                tki_time_format(to, met->last_ns));
    else
        tki_msg("no span was selected");
}

void filter_met_free(struct filter_met *met)
{
    free(met->found);
    free(met->near);
}
