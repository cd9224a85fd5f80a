#include "pipe.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "report/number.h"

void query_open(struct query *q, const struct plan *p)
{
    int64_t bare;
    *q = (struct query){.plan = p, .asked = &p->query};
    if (tki_query_bare_duration(q->asked->query, &bare))
        tki_msg("--query: a duration is compared with %" PRId64 ", which is %" PRId64
                " ns: for milliseconds write %" PRId64 "ms",
                bare, bare, bare);
    tk_str read_as = tki_query_read_as(q->asked->query);
    if (read_as.n) {
        struct tki_buf text = {0};
        tki_query_print(q->asked->query, &text);
        if (!text.err)
            tki_msg("--query: read as %.*s", (int)text.n, text.p);
        tki_buf_free(&text);
    }
    if (tki_query_eval_new(&q->eval, q->asked->query) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (p->answer == PLAN_TABLE)
        q->table = query_table_new(q, NULL);
    if (q->asked->ordered)
        q->sorted = query_sorted_new(q);
}

void query_close(struct query *q)
{
    query_table_free(q->table);
    query_sorted_free(q->sorted);
    tki_query_eval_free(q->eval);
}

int query_rows(const struct query *q, struct tki_query_eval **eval, const struct tk_batch *b, uint32_t *rows,
               size_t *nrows)
{
    int r = *eval ? 0 : tki_query_eval_new(eval, q->asked->query);
    return r < 0 ? r : tki_query_rows(*eval, b, rows, nrows);
}

void query_count_odd(struct query *q, struct tki_query_eval *eval)
{
    if (eval)
        tki_query_odd(eval, &q->odd);
}

void query_say_odd(struct query *q)
{
    query_count_odd(q, q->eval);
    if (q->odd.negative)
        tki_msg_count(q->odd.negative, "%s: taken as 0 s",
                      tki_plural(q->odd.negative, "span ends before it starts", "spans end before they start"));
    if (q->odd.huge)
        tki_msg_count(q->odd.huge, "%s: taken as 292 years",
                      tki_plural(q->odd.huge, "span lasts more than 292 years", "spans last more than 292 years"));
}

size_t query_limit(struct query *q, size_t n)
{
    if (q->table)
        return n; /* which counts its rows */
    if (n > q->asked->limit - q->given)
        n = (size_t)(q->asked->limit - q->given);
    q->given += n;
    return n;
}

/* Leaves only these rows, ascending, in the trace. */
static void keep_rows(struct tk_batch *b, const uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        b->spans[i] = b->spans[rows[i]];
    b->nspans = (uint32_t)n;
}

static int put(void *ctx, struct tk_batch *b, struct tk_err *err)
{
    struct query *q = ctx;
    const struct tki_qresult *results = NULL;
    bool metrics = q->asked->shape == TKI_QUERY_SERIES;
    int r = metrics ? query_table_metrics(q->table, q, b) : tki_query_trace(q->eval, b, &results);
    if (r < 0)
        return query_table_fault(q->table, r, err);
    if (metrics)
        return 0;
    if (q->table && results && q->given++ >= q->plan->limit)
        return 0;
    if (q->table)
        return (r = query_table_trace(q->table, q, results)) < 0 ? query_table_fault(q->table, r, err) : 0;
    if (q->sorted)
        return query_sorted_trace(q->sorted, q, b, results, err);
    if (!results || q->given >= q->asked->limit)
        return 0;
    if (!q->asked->spans) {
        q->given++;
        return 1;
    }
    uint32_t *rows = malloc((b->nspans + 1u) * sizeof *rows);
    if (!rows)
        return tki_err_memory(err);
    size_t n = 0;
    r = tki_query_union(results, b, rows, &n);
    if (r == 0)
        keep_rows(b, rows, query_limit(q, n));
    free(rows);
    return r < 0 ? tki_err_memory(err) : 1;
}

static int next(void *ctx, struct tk_batch **b, struct tk_err *err)
{
    const struct query *q = ctx;
    return q->sorted ? query_sorted_next(q->sorted, b, err) : 0;
}

struct stage query_stage(struct query *q)
{
    return (struct stage){.name = "query", .ctx = q, .put = put, .next = next};
}
