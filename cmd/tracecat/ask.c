#include "pipe.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "cli/msg.h"
#include "cli/term.h"

static void refuse(const char *text, const struct tk_err *err)
{
    struct tki_buf b = {0};
    fflush(stdout);
    tki_msg("--query: %s", err->text);
    if (err->has_offset) {
        tki_buf_caret(&b, tki_str(text), err->offset);
        fwrite(b.p, 1, b.n, stderr);
    }
    tki_buf_free(&b);
    exit(err->code == TK_ENOMEM ? TKI_EXIT_IO : TKI_EXIT_USAGE);
}

void ask_open(struct ask *a, const struct options *o)
{
    struct tk_err err = {0};
    *a = (struct ask){.o = o, .limit = UINT64_MAX};
    if (tki_query_parse(&a->query, tki_str(o->query), &err) < 0)
        refuse(o->query, &err);
    a->shape = tki_query_shape(a->query);
    if (o->step_ns && a->shape != TKI_QUERY_SERIES)
        tki_die(TKI_EXIT_USAGE, "--step is for queries that end in metrics such as rate()");
    if (o->step_ns && tki_query_compares(a->query))
        tki_die(TKI_EXIT_USAGE, "compare() looks at all the time there is: --step does not go with it");
    bool table = a->shape == TKI_QUERY_SERIES || (a->shape == TKI_QUERY_ROWS && !o->common.to && !o->verify);
    a->whole = tki_query_whole(a->query) || o->dedup || o->repair; /* what is asked about is what was mended */
    a->spans = o->spans || table;
    a->find = !a->whole && !a->spans;
    a->ordered = tki_query_ordered(a->query) && !table;
    if (tki_query_limit(a->query))
        a->limit = tki_query_limit(a->query);
    if (o->limit_given && !o->sort && !a->spans && o->limit < a->limit)
        a->limit = o->limit;
    if (table && (o->sort || o->split || o->verify))
        tki_die(TKI_EXIT_USAGE,
                "a query that ends in a table has no spans left: --sort, --split and --verify do not go with it");
    if (table && o->redact.n)
        tki_die(TKI_EXIT_USAGE, "a query that ends in a table shows values as they are: --redact does not go with it");
    if (o->spans && table)
        tki_die(TKI_EXIT_USAGE, "--spans is for queries that select spans; this one ends in %s",
                a->shape == TKI_QUERY_SERIES ? "metrics" : "a table");
    if (a->shape == TKI_QUERY_SERIES && o->common.to)
        tki_die(TKI_EXIT_USAGE, "a query that ends in metrics prints a table: --to does not go with it");
    if (o->common.json && !table && !o->verify)
        tki_die(TKI_EXIT_USAGE,
                "--json is for queries that end in a table; for spans as JSON use --to=rows or --to=json");
    if (tki_query_eval_new(&a->eval, a->query) < 0)
        tki_die(TKI_EXIT_IO, "out of memory");
    if (table)
        a->table = ask_table_new(a);
    if (a->ordered)
        a->sorted = ask_sorted_new(a);
}

void ask_close(struct ask *a)
{
    ask_table_free(a->table);
    ask_sorted_free(a->sorted);
    tki_query_eval_free(a->eval);
    tki_query_free(a->query);
}

int ask_rows(const struct ask *a, struct tki_query_eval **eval, const struct tk_batch *b, uint32_t *rows, size_t *nrows)
{
    int r = *eval ? 0 : tki_query_eval_new(eval, a->query);
    return r < 0 ? r : tki_query_rows(*eval, b, rows, nrows);
}

size_t ask_limit(struct ask *a, size_t n)
{
    if (a->table)
        return n; /* which counts its rows */
    if (n > a->limit - a->given)
        n = (size_t)(a->limit - a->given);
    a->given += n;
    return n;
}

/* The rows of all spansets, each once, ascending. */
static size_t union_of(const struct tki_qresult *results, const struct tk_batch *b, uint32_t *rows)
{
    size_t n = 0;
    if (!results->next) {
        memcpy(rows, results->rows, results->nrows * sizeof *rows);
        return results->nrows;
    }
    bool *mark = calloc(b->nspans + 1u, 1);
    if (!mark)
        tki_die(TKI_EXIT_IO, "out of memory");
    for (const struct tki_qresult *r = results; r; r = r->next)
        for (uint32_t i = 0; i < r->nrows; i++)
            mark[r->rows[i]] = true;
    for (uint32_t i = 0; i < b->nspans; i++)
        if (mark[i])
            rows[n++] = i;
    free(mark);
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
    struct ask *a = ctx;
    const struct tki_qresult *results = NULL;
    bool metrics = a->shape == TKI_QUERY_SERIES;
    int r = metrics ? ask_table_metrics(a->table, a, b) : tki_query_trace(a->eval, b, &results);
    if (r < 0)
        return ask_table_fault(a->table, r, err);
    if (metrics)
        return 0;
    if (a->table && results && a->o->limit_given && a->given++ >= a->o->limit)
        return 0;
    if (a->table)
        return (r = ask_table_trace(a->table, a, results)) < 0 ? ask_table_fault(a->table, r, err) : 0;
    if (a->sorted)
        return ask_sorted_trace(a->sorted, a, b, results, err);
    if (!results || a->given >= a->limit)
        return 0;
    if (!a->spans) {
        a->given++;
        return 1;
    }
    uint32_t *rows = malloc((b->nspans + 1u) * sizeof *rows);
    if (!rows)
        return tki_err_memory(err);
    keep_rows(b, rows, ask_limit(a, union_of(results, b, rows)));
    free(rows);
    return 1;
}

static int next(void *ctx, struct tk_batch **b, struct tk_err *err)
{
    const struct ask *a = ctx;
    return a->sorted ? ask_sorted_next(a->sorted, b, err) : 0;
}

struct stage ask_stage(struct ask *a)
{
    return (struct stage){.name = "query", .ctx = a, .put = put, .next = next};
}
