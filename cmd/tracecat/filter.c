#include "filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/num.h"
#include "cli/msg.h"
#include "model/context.h"
#include "report/number.h"

enum {
    NEAR_IDS_MAX = 8, /* with more ids than these, no similar ids are looked for */
    NEAR_DIGITS_MIN =
        8,        /* digits that a similar id must have in common with the given one, unless it has all of them */
    SAID_MAX = 5, /* traces that are named */
    /* above the digits of any id: what 16 digits are besides the beginning of one */
    NEAR_HALF = 33, /* the second half of this trace's id */
    NEAR_SPAN,      /* the id of a span of this trace */
};

static int compare_ids(const void *a, const void *b)
{
    const struct filter_id *x = a, *y = b;
    return tki_id_cmp(x->id, y->id);
}

static int parse_id(struct filter_id *id, const char *text, struct tk_err *err)
{
    struct tki_pasted pasted;
    const char *fault = tki_pasted_read(tki_str(text), &pasted);
    if (fault)
        return tki_err_set(err, TK_EUSAGE, "--trace: '%.80s' is no trace id: %s", text, fault);
    *id = (struct filter_id){pasted.id, pasted.digits, pasted.whole};
    return 0;
}

/* ---- beginnings of ids ---- */

static int by_digits(const void *a, const void *b, void *ids)
{
    const struct filter_id *x = (const struct filter_id *)ids + *(const uint32_t *)a;
    const struct filter_id *y = (const struct filter_id *)ids + *(const uint32_t *)b;
    if (x->digits != y->digits)
        return x->digits < y->digits ? -1 : 1;
    return tki_id_cmp(x->id, y->id);
}

static int find_beginnings(struct filter *f)
{
    f->beginnings = calloc(f->nids + 1, sizeof *f->beginnings);
    if (!f->beginnings)
        return TK_ENOMEM;
    for (size_t i = 0; i < f->nids; i++)
        if (!f->ids[i].whole && f->ids[i].digits >= TKI_PASTED_MIN) {
            f->beginnings[f->nbeginnings++] = (uint32_t)i;
            f->lengths |= UINT64_C(1) << f->ids[i].digits;
        }
    qsort_r(f->beginnings, f->nbeginnings, sizeof *f->beginnings, by_digits, f->ids);
    return 0;
}

/* The one with these first digits, or NULL. */
static const struct filter_id *find_beginning(const struct filter *f, tk_id128 first, unsigned digits)
{
    size_t low = 0, high = f->nbeginnings;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct filter_id *x = &f->ids[f->beginnings[mid]];
        int c = x->digits != digits ? (x->digits < digits ? -1 : 1) : tki_id_cmp(x->id, first);
        if (c == 0)
            return x;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
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
uint64_t filter_hash(tk_id128 id)
{
    unsigned char bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(id.hi >> (56 - 8 * i));
        bytes[8 + i] = (unsigned char)(id.lo >> (56 - 8 * i));
    }
    return tki_hash(bytes, sizeof bytes);
}

int filter_of(struct filter *f, const struct options *o, struct tk_err *err)
{
    *f = (struct filter){.until_ns = UINT64_MAX};
    f->of_dump = (o->since_given && tki_moment_asks(&o->since)) || (o->until_given && tki_moment_asks(&o->until));
    f->ids = calloc(o->traces.n + 1, sizeof *f->ids);
    if (!f->ids)
        return tki_err_memory(err);
    for (; f->nids < o->traces.n; f->nids++)
        if (parse_id(&f->ids[f->nids], o->traces.item[f->nids], err) < 0)
            return TK_EUSAGE;
    qsort(f->ids, f->nids, sizeof *f->ids, compare_ids);
    if (find_beginnings(f) < 0)
        return tki_err_memory(err);
    if (o->shard && parse_shard(f, o->shard, err) < 0)
        return TK_EUSAGE;
    if (!f->of_dump && filter_times(f, o, 0, 0, err) < 0)
        return TK_EUSAGE;
    f->all = !f->nids && !f->nshards && !o->since_given && !o->until_given;
    return 0;
}

int filter_times(struct filter *f, const struct options *o, uint64_t first_ns, uint64_t last_ns, struct tk_err *err)
{
    struct tk_err why = {0};
    bool since = o->since_given;
    int r = since ? tki_moment_ns(&o->since, o->east, first_ns, last_ns, &f->since_ns, &why) : 0;
    if (r == 0 && o->until_given) {
        since = false;
        r = tki_moment_ns(&o->until, o->east, first_ns, last_ns, &f->until_ns, &why);
    }
    if (r < 0)
        return tki_err_set(err, TK_EUSAGE, "--%s: %s", since ? "since" : "until", why.text);
    f->of_dump = false;
    if (o->since_given && o->until_given && f->since_ns >= f->until_ns)
        return tki_err_set(err, TK_EUSAGE, "--since is not before --until: no span starts between them");
    return 0;
}

int filter_of_traces(struct filter *to, const struct filter *f, const tk_id128 *ids, size_t n)
{
    *to = *f;
    to->beginnings = NULL;
    to->nbeginnings = 0;
    to->lengths = 0;
    to->ids = calloc(n + 1, sizeof *to->ids);
    if (!to->ids)
        return TK_ENOMEM;
    for (to->nids = 0; to->nids < n; to->nids++)
        to->ids[to->nids] = (struct filter_id){ids[to->nids], 32, true};
    qsort(to->ids, n, sizeof *to->ids, compare_ids);
    to->all = false;
    return 0;
}

/* Returns NULL when the id is not one of those that were given, and does not begin as one of them. */
static const struct filter_id *find_id(const struct filter *f, tk_id128 id)
{
    const struct filter_id key = {.id = id};
    const struct filter_id *found = f->nids ? bsearch(&key, f->ids, f->nids, sizeof *f->ids, compare_ids) : NULL;
    unsigned most = id.hi ? 32 : 16;
    for (uint64_t lengths = f->lengths; !found && lengths; lengths &= lengths - 1) {
        unsigned digits = (unsigned)__builtin_ctzll(lengths);
        if (digits <= most)
            found = find_beginning(f, tki_first_digits(id, digits), digits);
    }
    return found;
}

size_t filter_rows(const struct filter *f, const struct tk_batch *b, uint32_t *rows)
{
    size_t n = 0;
    for (uint32_t i = 0; i < b->nspans; i++) {
        const struct tk_span *s = &b->spans[i];
        rows[n] = i;
        n += s->start_ns >= f->since_ns && (s->start_ns < f->until_ns || f->until_ns == UINT64_MAX) &&
             (!f->nids || find_id(f, s->trace_id)) &&
             (!f->nshards || filter_hash(s->trace_id) % f->nshards == f->shard);
    }
    return n;
}

void filter_free(struct filter *f)
{
    free(f->ids);
    free(f->beginnings);
    f->ids = NULL;
    f->beginnings = NULL;
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

static unsigned nearness(const struct filter_id *given, const struct tk_span *s)
{
    if (given->digits == 16 && s->span_id == given->id.lo)
        return NEAR_SPAN;
    if (given->digits == 16 && s->trace_id.hi && s->trace_id.lo == given->id.lo)
        return NEAR_HALF;
    return common_digits(given, s->trace_id);
}

static void look_near(struct filter_met *met, const struct filter *f, const struct tk_span *s)
{
    for (size_t i = 0; i < f->nids && f->nids <= NEAR_IDS_MAX; i++) {
        unsigned n = met->found[i].any ? 0 : nearness(&f->ids[i], s);
        if (n > met->near[i].digits)
            met->near[i] = (struct filter_id){.id = s->trace_id, .digits = n};
    }
}

static void note_found(struct filter_found *found, tk_id128 id)
{
    found->several = found->several || (found->any && tki_id_cmp(found->id, id) != 0);
    found->any = true;
    found->id = id;
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
            note_found(&met->found[id - f->ids], b->spans[i].trace_id);
        else
            look_near(met, f, &b->spans[i]);
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
        if (batch->found[i].any)
            note_found(&all->found[i], batch->found[i].id);
        all->found[i].several = all->found[i].several || batch->found[i].several;
        if (batch->near[i].digits > all->near[i].digits)
            all->near[i] = batch->near[i];
    }
    memset(batch->found, 0, f->nids * sizeof *batch->found);
    memset(batch->near, 0, f->nids * sizeof *batch->near);
    batch->spans = batch->passed = batch->first_ns = batch->last_ns = 0;
    return 0;
}

/* The digits as they were given, or those of the whole id. */
static const char *id_text(char to[40], tk_id128 id, unsigned digits)
{
    snprintf(to, 40, "%016" PRIx64 "%016" PRIx64, id.hi, id.lo);
    return to + 32 - digits;
}

static void say_absent(const struct filter_id *id, const struct filter_id *near, uint64_t spans)
{
    char given[40], like[40], n[TKI_QUANTITY_MAX];
    const char *text = id_text(given, id->id, id->digits);
    const char *other = id_text(like, near->id, near->id.hi ? 32 : 16);
    bool exact = id->whole || id->digits < TKI_PASTED_MIN;
    if (near->digits >= NEAR_HALF)
        tki_msg("no trace id begins with %s: it is %s %s", text,
                near->digits == NEAR_SPAN ? "the id of a span in the trace" : "the second half of", other);
    else if (near->digits && id->digits < TKI_PASTED_MIN && !id->whole)
        tki_msg("no trace id is %s: %s begins so, and %d digits of the beginning are enough", text, other,
                TKI_PASTED_MIN);
    else if (near->digits)
        tki_msg("no trace id %s %s: the nearest is %s", exact ? "is" : "begins with", text, other);
    else
        tki_msg("no trace id %s %s: %s %s read", exact ? "is" : "begins with", text, tki_count_format(n, spans),
                tki_plural(spans, "span was", "spans were"));
}

static char *moment(char to[TKI_QUANTITY_MAX], uint64_t ns, tki_east *east)
{
    return east ? tki_time_format_east(to, ns, east(ns / 1000000000)) : tki_time_format(to, ns);
}

void filter_met_say(const struct filter_met *met, const struct filter *f, tki_east *east)
{
    char from[TKI_QUANTITY_MAX], to[TKI_QUANTITY_MAX], given[40];
    size_t absent = 0;
    if (!met->spans) /* whoever read nothing says so */
        return;
    for (size_t i = 0; i < f->nids; i++)
        if (met->found[i].several)
            tki_msg("several trace ids begin with %s: all of them are taken",
                    id_text(given, f->ids[i].id, f->ids[i].digits));
        else if (!met->found[i].any && ++absent <= SAID_MAX)
            say_absent(&f->ids[i], &met->near[i], met->spans);
    if (absent > SAID_MAX)
        tki_msg_count(absent - SAID_MAX, "more %s those of no trace either",
                      tki_plural(absent - SAID_MAX, "of these ids is", "of these ids are"));
    if (met->passed || absent)
        return;
    if ((f->since_ns || f->until_ns != UINT64_MAX) && met->last_ns)
        tki_msg("no span was selected: those that were read start from %s to %s", moment(from, met->first_ns, east),
                moment(to, met->last_ns, east));
    else
        tki_msg("no span was selected");
}

void filter_met_free(struct filter_met *met)
{
    free(met->found);
    free(met->near);
}
