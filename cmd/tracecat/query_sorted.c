/* Traces or spans in the order that a query asks for: they are kept in a temporary file as OTLP protobuf, and
 * only where they are and what they are sorted by stays in memory. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "cli/msg.h"
#include "format/otlp/otlp.h"
#include "io/spool.h"
#include "query.h"

struct entry {
    uint64_t at, size; /* in the file */
    uint64_t number;
    struct tki_value *keys;
};

struct query_sorted {
    int fd;
    uint64_t end;
    struct entry *entries;
    size_t n, cap, next;
    uint64_t limit;
    bool *desc;
    size_t nkeys;
    bool ready;
    struct tki_arena arena;
    struct tki_buf bytes;
    struct tk_batch *batch;
};

struct query_sorted *query_sorted_new(const struct query *q)
{
    struct tk_err err = {0};
    struct query_sorted *s = calloc(1, sizeof *s);
    if (s) {
        s->nkeys = tki_query_order_keys(q->asked->query, NULL, 0);
        s->desc = calloc(s->nkeys + 1, sizeof *s->desc);
        s->batch = tk_batch_new();
    }
    if (!s || !s->desc || !s->batch)
        tki_die(TKI_EXIT_IO, "out of memory");
    tki_query_order_keys(q->asked->query, s->desc, s->nkeys);
    s->limit = q->asked->limit;
    s->fd = tki_tmpfile(NULL, &err);
    if (s->fd < 0)
        tki_die_err(&err);
    return s;
}

void query_sorted_free(struct query_sorted *s)
{
    if (!s)
        return;
    close(s->fd);
    free(s->entries);
    free(s->desc);
    tki_arena_free(&s->arena);
    tki_buf_free(&s->bytes);
    tk_batch_free(s->batch);
    free(s);
}

static int write_all(struct query_sorted *s, struct tk_err *err)
{
    for (size_t done = 0; done < s->bytes.n;) {
        ssize_t n = pwrite(s->fd, s->bytes.p + done, s->bytes.n - done, (off_t)(s->end + done));
        if (n < 0 && errno != EINTR)
            return tki_err_sys(err, "temporary file");
        done += n > 0 ? (size_t)n : 0;
    }
    s->end += s->bytes.n;
    return 0;
}

static int add(struct query_sorted *s, const struct tk_batch *b, const uint32_t *rows, size_t nrows,
               const struct tki_value *keys, struct tk_err *err)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 256;
        struct entry *more = realloc(s->entries, cap * sizeof *more);
        if (!more)
            return tki_err_memory(err);
        s->entries = more;
        s->cap = cap;
    }
    struct entry *e = &s->entries[s->n];
    *e = (struct entry){.at = s->end, .number = s->n, .keys = tki_arena_alloc(&s->arena, s->nkeys * sizeof *e->keys)};
    if (!e->keys)
        return tki_err_memory(err);
    for (size_t i = 0; i < s->nkeys; i++) {
        e->keys[i] = keys[i];
        if (keys[i].type != TKI_V_STRING)
            continue;
        char *p = tki_arena_alloc(&s->arena, keys[i].v.s.n);
        if (!p)
            return tki_err_memory(err);
        memcpy(p, keys[i].v.s.p, keys[i].v.s.n);
        e->keys[i].v.s.p = p;
    }
    tki_buf_reset(&s->bytes);
    tki_otlp_proto_put(&s->bytes, b, rows, nrows);
    if (s->bytes.err)
        return tki_err_memory(err);
    e->size = s->bytes.n;
    s->n++;
    return write_all(s, err);
}

/* A trace stands where the first of its spansets stands; so does a span that is in several spansets. */
int query_sorted_trace(struct query_sorted *s, const struct query *q, const struct tk_batch *b,
                       const struct tki_qresult *results, struct tk_err *err)
{
    if (!results)
        return 0;
    if (!q->asked->spans) {
        const struct tki_qresult *best = results;
        for (const struct tki_qresult *r = results->next; r; r = r->next)
            if (tki_query_order_compare(r->order, best->order, s->desc, s->nkeys) < 0)
                best = r;
        return add(s, b, NULL, b->nspans, best->order, err);
    }
    bool *seen = calloc(b->nspans + 1u, 1);
    struct tki_value *keys = calloc(s->nkeys + 1, sizeof *keys);
    int rc = seen && keys ? 0 : tki_err_memory(err);
    for (const struct tki_qresult *r = results; r && rc == 0; r = r->next)
        for (uint32_t i = 0; i < r->nrows && rc == 0; i++) {
            if (seen[r->rows[i]])
                continue;
            seen[r->rows[i]] = true;
            tki_query_order_of(q->eval, r, r->rows[i], keys);
            rc = add(s, b, &r->rows[i], 1, keys, err);
        }
    free(seen);
    free(keys);
    return rc;
}

static int compare_entries(const void *pa, const void *pb, void *sorted)
{
    const struct query_sorted *s = sorted;
    const struct entry *a = pa, *b = pb;
    int c = tki_query_order_compare(a->keys, b->keys, s->desc, s->nkeys);
    return c ? c : (a->number > b->number) - (a->number < b->number);
}

int query_sorted_next(struct query_sorted *s, struct tk_batch **b, struct tk_err *err)
{
    if (!s->ready && s->n)
        qsort_r(s->entries, s->n, sizeof *s->entries, compare_entries, s);
    s->ready = true;
    if (s->next >= s->n || s->next >= s->limit)
        return 0;
    const struct entry *e = &s->entries[s->next++];
    tki_buf_reset(&s->bytes);
    char *to = tki_buf_room(&s->bytes, e->size + 1);
    if (!to)
        return tki_err_memory(err);
    for (size_t done = 0; done < e->size;) {
        ssize_t n = pread(s->fd, to + done, e->size - done, (off_t)(e->at + done));
        if (n == 0)
            return tki_err_set(err, TK_EIO, "the temporary file is shorter than what was written");
        if (n < 0 && errno != EINTR)
            return tki_err_sys(err, "temporary file");
        done += n > 0 ? (size_t)n : 0;
    }
    tk_batch_reset(s->batch);
    int r = tki_otlp_proto_add(s->batch, (tk_str){to, e->size}, TK_NEED_COPY, err);
    *b = s->batch;
    return r < 0 ? r : 1;
}
