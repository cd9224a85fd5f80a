/* --sort: spans, or whole traces, in the order of a key, beyond memory.
 *
 * What is sorted lies in an external sort as OTLP protobuf, a span or a trace a record.  Coming back, spans
 * are put into batches of a fixed number, so that the output does not depend on what fitted into memory.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/hash.h"
#include "cli/msg.h"
#include "format/otlp/otlp.h"
#include "io/sorter.h"
#include "model/span.h"
#include "pipe.h"

enum { SPANS_AT_ONCE = 256 };

struct sort {
    enum sort_key key;
    bool traces;
    struct tki_sorter *sorter;
    struct tki_buf payload;
    struct tk_batch *batch;
    uint32_t *rows;
    size_t cap;
    uint64_t seq;
    uint64_t hashes[SPANS_AT_ONCE]; /* of the resources of the batch that comes back */
};

struct sort *sort_open(enum sort_key key, bool traces, size_t memory_max)
{
    struct tk_err err;
    struct sort *s = calloc(1, sizeof *s);
    if (!s || !(s->batch = tk_batch_new()))
        tki_die(TKI_EXIT_IO, "out of memory");
    s->key = key;
    s->traces = traces;
    if (tki_sorter_open(&s->sorter, memory_max, NULL, &err) < 0)
        tki_die_err(&err);
    return s;
}

void sort_free(struct sort *s)
{
    if (!s)
        return;
    tki_sorter_close(s->sorter);
    tki_buf_free(&s->payload);
    tk_batch_free(s->batch);
    free(s->rows);
    free(s);
}

static int add_span(struct sort *s, const struct tk_batch *b, uint32_t row, struct tk_err *err)
{
    const struct tk_span *span = &b->spans[row];
    tk_id128 key = {0};
    uint64_t seq = s->seq++;
    int64_t ns;
    switch (s->key) {
    case SORT_TIME: key.hi = span->start_ns; break;
    case SORT_DURATION:
        (void)tki_span_duration(span, &ns);
        key.hi = UINT64_MAX - (uint64_t)ns;
        break;
    case SORT_ID:
        key = span->trace_id;
        seq = span->span_id;
        break;
    }
    tki_buf_reset(&s->payload);
    tki_otlp_proto_put(&s->payload, b, &row, 1);
    if (s->payload.err)
        return tki_err_memory(err);
    return tki_sorter_add(s->sorter, key, seq, (tk_str){s->payload.p, s->payload.n}, err);
}

struct by {
    const struct tk_batch *b;
    bool id;
};

static int compare_rows(const void *x, const void *y, void *ctx)
{
    const struct by *by = ctx;
    uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
    const struct tk_span *a = &by->b->spans[i], *b = &by->b->spans[j];
    if (by->id && a->span_id != b->span_id)
        return a->span_id < b->span_id ? -1 : 1;
    if (!by->id && a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return (i > j) - (i < j);
}

static int add_trace(struct sort *s, const struct tk_batch *b, struct tk_err *err)
{
    struct tki_extent extent = {0};
    uint64_t start_ns, end_ns;
    int64_t ns;
    if (b->nspans > s->cap) {
        uint32_t *p = realloc(s->rows, b->nspans * sizeof *p);
        if (!p)
            return tki_err_memory(err);
        s->rows = p;
        s->cap = b->nspans;
    }
    for (uint32_t i = 0; i < b->nspans; i++) {
        s->rows[i] = i;
        tki_extent_add(&extent, &b->spans[i]);
    }
    (void)tki_extent_get(&extent, &start_ns, &end_ns);
    (void)tki_extent_duration(&extent, &ns);
    qsort_r(s->rows, b->nspans, sizeof *s->rows, compare_rows, &(struct by){b, s->key == SORT_ID});
    tki_buf_reset(&s->payload);
    tki_otlp_proto_put(&s->payload, b, s->rows, b->nspans);
    if (s->payload.err)
        return tki_err_memory(err);
    tk_id128 key = {start_ns, 0};
    if (s->key == SORT_DURATION)
        key.hi = UINT64_MAX - (uint64_t)ns;
    if (s->key == SORT_ID)
        key = b->spans[0].trace_id;
    return tki_sorter_add(s->sorter, key, s->seq++, (tk_str){s->payload.p, s->payload.n}, err);
}

int sort_add(struct sort *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    if (s->traces)
        return add_trace(s, b, err);
    size_t n = rows ? nrows : b->nspans;
    for (size_t i = 0; i < n; i++) {
        int r = add_span(s, b, rows ? rows[i] : (uint32_t)i, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Each span came with a resource and a scope of its own: equal ones become one, so that neighbours share them
 * again.  There are as many of both as spans, at most. */
static void share_resources(struct sort *s)
{
    struct tk_batch *b = s->batch;
    for (uint32_t i = 0; i < b->nspans; i++) {
        struct tk_span *span = &b->spans[i];
        const struct tk_resource *r = &b->resources[span->resource];
        const struct tk_scope *c = &b->scopes[span->scope];
        uint64_t hash = tki_hash_combine(tki_hash(r->raw.p, r->raw.n), tki_hash(c->raw.p, c->raw.n));
        s->hashes[i] = hash;
        for (uint32_t j = i; j-- > 0;) {
            const struct tk_resource *x = &b->resources[b->spans[j].resource];
            const struct tk_scope *y = &b->scopes[b->spans[j].scope];
            if (s->hashes[j] != hash || x->present != r->present || y->present != c->present ||
                !tki_str_eq(x->raw, r->raw) || !tki_str_eq(x->schema_url, r->schema_url) ||
                !tki_str_eq(y->raw, c->raw) || !tki_str_eq(y->schema_url, c->schema_url))
                continue;
            span->resource = b->spans[j].resource;
            span->scope = b->spans[j].scope;
            break;
        }
    }
}

int sort_next(struct sort *s, struct tk_batch **b, struct tk_err *err)
{
    struct tki_sorted item;
    size_t most = s->traces ? 1 : SPANS_AT_ONCE, n = 0;
    int r = 1;
    tki_buf_reset(&s->payload);
    while (n < most && (r = tki_sorter_next(s->sorter, &item, err)) == 1) {
        tki_buf_str(&s->payload, item.payload);
        n++;
    }
    if (r < 0 || n == 0)
        return r;
    if (s->payload.err)
        return tki_err_memory(err);
    tk_batch_reset(s->batch);
    r = tki_otlp_proto_add(s->batch, (tk_str){s->payload.p, s->payload.n}, TK_NEED_COPY, err);
    if (r < 0)
        return r;
    if (!s->traces)
        share_resources(s);
    *b = s->batch;
    return 1;
}
