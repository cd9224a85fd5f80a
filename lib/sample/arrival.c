#include "sample/arrival.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/err.h"
#include "format/pb/pb.h"
#include "io/sorter.h"
#include "model/batch.h"

enum { MEMORY_DEFAULT = 256 << 20 };

/* A span in the sorter: its key is a time, a trace or a record, and its sequence the span's index. */
struct record {
    uint64_t start_ns, end_ns;
    uint32_t row, resource, scope;
    uint8_t root, consistent, given;
};
struct weights { /* behind it, where bytes count */
    uint32_t span, scope, resource;
};
/* Behind these 8 bytes of randomness with usetracestate, and the bits. */

struct tki_arrivals {
    const struct tki_sampler *s;
    struct tki_arrival how;
    struct tki_sorter *sorter;
    uint64_t spans;             /* of all batches */
    uint64_t record;            /* the number of the record under way */
    uint32_t resources, scopes; /* of all batches: they wrap, and only neighbours are compared */
    char *text;                 /* of one record of the sorter */
    size_t text_n;
    /* while playing */
    struct tki_span_in *span; /* that arrive at one time */
    uint64_t *bits;
    size_t n, cap, bits_cap;
    struct ordered {
        uint64_t first, time, index;
        uint32_t at;
    } * order;
    size_t order_cap;
    struct tki_span_in *part; /* the same in order */
    size_t part_cap;
};

int tki_arrivals_open(struct tki_arrivals **to, const struct tki_sampler *s, const struct tki_arrival *how,
                      struct tk_err *err)
{
    struct tki_arrivals *a = calloc(1, sizeof *a);
    *to = NULL;
    if (!a)
        return tki_err_memory(err);
    a->s = s;
    a->how = *how;
    a->how.memory_max = how->memory_max ? how->memory_max : MEMORY_DEFAULT;
    a->text_n = sizeof(struct record) + (s->sized ? sizeof(struct weights) : 0) + (s->consistent ? 8 : 0) +
                s->nwords * sizeof(uint64_t);
    a->text = malloc(a->text_n);
    int rc = a->text ? tki_sorter_open(&a->sorter, a->how.memory_max, how->tmpdir, err) : tki_err_memory(err);
    if (rc < 0)
        tki_arrivals_close(a);
    else
        *to = a;
    return rc;
}

void tki_arrivals_close(struct tki_arrivals *a)
{
    if (!a)
        return;
    tki_sorter_close(a->sorter);
    free(a->text);
    free(a->span);
    free(a->bits);
    free(a->order);
    free(a->part);
    free(a);
}

uint64_t tki_arrivals_spans(const struct tki_arrivals *a)
{
    return a->spans;
}

/* ---- into the sorter ---- */

static void *put(char **to, const void *from, size_t n)
{
    memcpy(*to, from, n);
    return *to += n;
}

static int add_span(struct tki_arrivals *a, const struct tk_batch *b, uint32_t at, uint32_t row,
                    const struct tki_eval *e, struct tk_err *err)
{
    const struct tk_span *span = &b->spans[at];
    struct record r = {.start_ns = span->start_ns,
                       .end_ns = span->end_ns,
                       .row = row,
                       .resource = a->resources + span->resource,
                       .scope = a->scopes + span->scope,
                       .root = span->parent_id == 0};
    char *to = a->text;
    if (a->s->consistent) {
        r.given = e->random[at].given;
        r.consistent = e->random[at].consistent;
    }
    put(&to, &r, sizeof r);
    if (a->s->sized)
        put(&to, &(struct weights){e->weight[at].span, e->weight[at].scope, e->weight[at].resource},
            sizeof(struct weights));
    if (a->s->consistent)
        put(&to, &e->random[at].random, 8);
    put(&to, e->bits + (size_t)at * a->s->nwords, a->s->nwords * sizeof(uint64_t));
    const tk_id128 key = {.hi = a->how.mode == TKI_ARRIVE_END        ? span->end_ns
                                : a->how.mode == TKI_ARRIVE_COMPLETE ? row
                                                                     : a->record};
    return tki_sorter_add(a->sorter, key, a->spans + at, (tk_str){a->text, a->text_n}, err);
}

/* file: the number of the record goes on where the one before ends. */
static int check_records(struct tki_arrivals *a, const struct tk_batch *b, uint32_t nends, const uint32_t *ends,
                         struct tk_err *err)
{
    if (a->how.mode != TKI_ARRIVE_FILE || !b->nspans)
        return 0;
    if (!nends || ends[nends - 1] != b->nspans)
        return tki_err_set(err, TK_EUNSUPPORTED,
                           "--arrival file: what arrives together cannot be told in this format, "
                           "whose records are single messages or spans: use --arrival end");
    a->record += !tki_batch_goes_on(b);
    return 0;
}

int tki_arrivals_add(struct tki_arrivals *a, const struct tk_batch *b, const struct tki_groups *groups,
                     const struct tki_eval *e, struct tk_err *err)
{
    uint32_t nends, next = 0;
    const uint32_t *ends = tki_batch_record_ends(b, &nends);
    int rc = check_records(a, b, nends, ends, err);
    for (uint32_t i = 0; i < groups->nrows && rc == 0; i++) {
        uint32_t at = tki_groups_span(groups, i);
        for (; a->how.mode == TKI_ARRIVE_FILE && ends[next] <= at; next++)
            a->record++;
        rc = add_span(a, b, at, groups->ledger_row[groups->group[i]], e, err);
    }
    for (; a->how.mode == TKI_ARRIVE_FILE && next + 1 < nends; next++)
        a->record++;
    a->spans += b->nspans;
    a->resources += b->nresources + 1;
    a->scopes += b->nscopes + 1;
    return rc;
}

/* ---- out of the sorter ---- */

static void get(const char **from, void *to, size_t n)
{
    memcpy(to, *from, n);
    *from += n;
}

/* Adds what came out of the sorter to those that arrive together. */
static int take(struct tki_arrivals *a, const struct tki_sorted *x, struct tk_err *err)
{
    size_t words = a->s->nwords;
    struct record r;
    struct weights w = {0};
    const char *from = x->payload.p;
    if ((a->n + 1) * (sizeof *a->span + words * 8) > a->how.memory_max)
        return tki_err_set(err, TK_ELIMIT, "spans that arrive at one time do not fit into memory (--memory)");
    if (TKI_GROW(a->span, a->cap, a->n + 1) < 0 || TKI_GROW(a->bits, a->bits_cap, (a->n + 1) * words) < 0)
        return tki_err_memory(err);
    struct tki_span_in *s = &a->span[a->n];
    get(&from, &r, sizeof r);
    *s = (struct tki_span_in){.index = x->seq,
                              .row = r.row,
                              .resource = r.resource,
                              .scope = r.scope,
                              .start_ns = r.start_ns,
                              .end_ns = r.end_ns,
                              .root = r.root,
                              .consistent = r.consistent,
                              .given = r.given};
    if (a->s->sized) {
        get(&from, &w, sizeof w);
        s->bytes = w.span;
        s->scope_bytes = w.scope;
        s->resource_bytes = w.resource;
    }
    if (a->s->consistent)
        get(&from, &s->random, 8);
    get(&from, a->bits + a->n * words, words * 8);
    a->n++;
    return 0;
}

/* ---- messages ---- */

/* The bytes of a ResourceSpans: the resource, and for each run of spans of one scope a ScopeSpans. */
static uint64_t bytes_of(const struct tki_span_in *span, uint32_t n)
{
    uint64_t total = span[0].resource_bytes;
    for (uint32_t i = 0; i < n;) {
        uint64_t scope = span[i].scope_bytes;
        uint32_t from = i;
        for (; i < n && span[i].scope == span[from].scope; i++)
            scope += span[i].bytes;
        total += 1 + tki_pb_varint_size(scope) + scope;
    }
    return total;
}

struct player {
    struct tki_arrivals *a;
    int (*take)(void *ctx, const struct tki_part *p, struct tk_err *err);
    void *ctx;
    bool begun;
    uint64_t first; /* time of the dump at which the first arrives */
    uint64_t last;  /* of a record: when it arrived */
};

/* Spans in their order: parts are runs of one trace and one ResourceSpans. */
static int send(const struct player *p, const struct tki_span_in *span, size_t n, int64_t at_ns, struct tk_err *err)
{
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0;) {
        struct tki_part part = {.at_ns = at_ns, .row = span[i].row, .span = &span[i]};
        for (; i < n && span[i].row == part.row && span[i].resource == part.span->resource; i++) {
            part.n++;
            part.root = part.root || span[i].root;
        }
        part.bytes = p->a->s->sized ? bytes_of(part.span, part.n) : 0;
        rc = p->take(p->ctx, &part, err);
    }
    return rc;
}

static int by_row(const void *x, const void *y)
{
    const struct ordered *a = x, *b = y;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* Puts those that arrive together in order: message by message, as their first spans stand in the dump.  In a message
 * of what has ended in one interval spans are in the order in which they ended. */
static int order(struct tki_arrivals *a, struct tk_err *err)
{
    if (TKI_GROW(a->order, a->order_cap, a->n) < 0 || TKI_GROW(a->part, a->part_cap, a->n) < 0)
        return tki_err_memory(err);
    for (size_t i = 0; i < a->n; i++)
        a->order[i] = (struct ordered){a->span[i].row, 0, a->span[i].index, (uint32_t)i};
    qsort(a->order, a->n, sizeof *a->order, by_row);
    for (size_t i = 0; i < a->n;) {
        uint64_t row = a->order[i].first, first = a->order[i].index;
        for (; i < a->n && a->order[i].first == row && a->span[a->order[i].at].row == row; i++)
            a->order[i].first = first;
    }
    for (size_t i = 0; i < a->n && a->how.mode == TKI_ARRIVE_END; i++)
        a->order[i].time = a->span[a->order[i].at].end_ns;
    qsort(a->order, a->n, sizeof *a->order, by_row);
    for (size_t i = 0; i < a->n; i++)
        a->part[i] = a->span[a->order[i].at];
    return 0;
}

static int64_t distance(uint64_t from, uint64_t to)
{
    uint64_t d = to > from ? to - from : 0;
    return (int64_t)(d < INT64_MAX / 2 ? d : INT64_MAX / 2);
}

static int64_t round_up(int64_t ns, int64_t step)
{
    return step > 0 ? (ns + step - 1) / step * step : ns;
}

/* When those that were taken arrive. */
static int64_t time_of(struct player *p, uint64_t key)
{
    const struct tki_arrivals *a = p->a;
    uint64_t at = key;
    if (a->how.mode == TKI_ARRIVE_COMPLETE)
        return TKI_FIRST_ARRIVAL_NS + (int64_t)key * a->how.spacing_ns;
    for (size_t i = 0; i < a->n && a->how.mode == TKI_ARRIVE_FILE; i++) {
        at = i == 0 ? p->last : at;
        at = a->span[i].end_ns > at ? a->span[i].end_ns : at;
    }
    if (!p->begun)
        p->first = at;
    p->begun = true;
    p->last = at;
    return TKI_FIRST_ARRIVAL_NS + round_up(distance(p->first, at), a->how.batch_ns);
}

/* Returns true if a span of that key arrives with those that were taken, of which the first has the other key. */
static bool together(const struct player *p, uint64_t first, uint64_t key)
{
    const struct tki_arrivals *a = p->a;
    if (a->how.mode != TKI_ARRIVE_END)
        return key == first;
    if (!a->how.batch_ns)
        return false;
    uint64_t start = p->begun ? p->first : first;
    return round_up(distance(start, key), a->how.batch_ns) == round_up(distance(start, first), a->how.batch_ns);
}

static int send_all(struct player *p, uint64_t key, struct tk_err *err)
{
    struct tki_arrivals *a = p->a;
    bool sorted = a->n == 1 || a->how.mode == TKI_ARRIVE_COMPLETE;
    int64_t at = time_of(p, key);
    for (size_t i = 0; i < a->n; i++)
        a->span[i].bits = a->bits + i * a->s->nwords;
    int rc = sorted ? 0 : order(a, err);
    if (rc == 0)
        rc = send(p, sorted ? a->span : a->part, a->n, at, err);
    a->n = 0;
    return rc;
}

int tki_arrivals_play(struct tki_arrivals *a, int (*to)(void *ctx, const struct tki_part *p, struct tk_err *err),
                      void *ctx, struct tk_err *err)
{
    struct player p = {.a = a, .take = to, .ctx = ctx};
    struct tki_sorted x;
    uint64_t first = 0;
    int rc = 0, got = 0;
    a->n = 0;
    while (rc == 0 && (got = tki_sorter_next(a->sorter, &x, err)) == 1) {
        if (a->n && !together(&p, first, x.key.hi))
            rc = send_all(&p, first, err);
        if (a->n == 0)
            first = x.key.hi;
        if (rc == 0)
            rc = take(a, &x, err);
    }
    if (rc == 0 && got == 0 && a->n)
        rc = send_all(&p, first, err);
    if (rc == 0 && got < 0)
        rc = got;
    return rc < 0 ? rc : tki_sorter_rewind(a->sorter, err);
}
