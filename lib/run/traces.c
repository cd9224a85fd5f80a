/* The assembler: spans in, whole traces out.
 *
 * Spans are kept as OTLP protobuf, the one encoding that holds the whole model, in an external sort.  A trace's
 * number is its rank of first appearance, and the key of the sort; the ids of all traces stay in memory, about
 * 30 bytes each, the spans only up to memory_max.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/err.h"
#include "base/map.h"
#include "base/sort.h"
#include "format/otlp/otlp.h"
#include "io/sorter.h"
#include "model/complete.h"
#include "run/again.h"
#include "run/brief.h"
#include "run/grouped.h"
#include "run/linked.h"
#include "run/traces.h"

enum { MEMORY_DEFAULT = 256 << 20 };

struct tk_traces {
    struct tki_idmap ids;
    bool by_id, numbered;    /* tki_traces_by_id; the ids have the numbers of that order */
    bool join;               /* tki_traces_join_halves */
    struct tki_idmap halves; /* of ids, by their lower half: the number is the first part of the key */
    uint8_t *joined;         /* by that number: enum half, from when adding ended */
    size_t joined_cap;
    bool join_links, linked_settled; /* the sorter's keys are of tops */
    struct tki_linked linked;
    struct tki_sorter *sorter;
    size_t memory_max;
    char *tmpdir;         /* NULL: the default */
    struct tki_buf part;  /* a trace's share of a batch */
    struct tki_buf whole; /* the trace handed out: its views point here */
    uint64_t *order;      /* of the rows of a batch: trace number, then row */
    uint32_t *rows;
    size_t cap;
    uint64_t seq;
    struct tki_sorted ahead; /* the first part of the next trace */
    int state;               /* 1: ahead is valid; 0: at the end; -1: adding */
    struct tk_batch *batch;
    unsigned needs; /* enum tk_need, of the batch handed out */
    struct tki_complete *complete;
    struct tki_grouped *grouped; /* NULL: spans come in any order */
    struct tki_brief *brief;     /* parts are of it; NULL: they are OTLP protobuf */
    bool recorded;               /* of grouped input: the sorter has all traces in short */
    bool replay;                 /* and they come from there */
    struct tki_pass *pass;       /* of brief traces that are not grouped: reads them again; else NULL */
    bool again, started;         /* traces come as they are read again; that was begun */
    bool faulty;                 /* the first reading met a fault */
    struct tki_idmap only;       /* traces that are wanted then; none: all */
    struct tk_traces *full;      /* of what is not grouped: they, with all that they say */
    uint32_t number;             /* of the next trace */
    struct tk_err err;
};

/* What ids have a lower half in common. */
enum half { CUT = 1, WHOLE = 2, MANY = 4 /* several whole ones */ };

void tki_traces_join_halves(struct tk_traces *t)
{
    t->join = true;
}

void tki_traces_join_links(struct tk_traces *t)
{
    t->join_links = true;
}

int tk_traces_open(struct tk_traces **out, const struct tk_traces_opts *opts, struct tk_err *err)
{
    size_t memory_max = opts && opts->memory_max ? opts->memory_max : MEMORY_DEFAULT;
    struct tk_traces *t = calloc(1, sizeof *t);
    *out = NULL;
    if (!t)
        return tki_err_memory(err);
    t->state = -1;
    t->memory_max = memory_max;
    t->tmpdir = opts && opts->tmpdir ? strdup(opts->tmpdir) : NULL;
    t->needs = opts && opts->raw ? TK_NEED_COPY : TK_NEED_ALL;
    t->batch = tk_batch_new();
    t->complete = tki_complete_new();
    int r = t->batch && t->complete ? tki_sorter_open(&t->sorter, memory_max, opts ? opts->tmpdir : NULL, err)
                                    : tki_err_memory(err);
    if (r < 0) {
        tk_traces_close(t);
        return r;
    }
    *out = t;
    return 0;
}

int tki_traces_of_grouped(struct tk_traces **out, struct tk_reader *r, unsigned needs, struct tk_err *err)
{
    struct tk_traces *t = calloc(1, sizeof *t);
    *out = t;
    if (t)
        t->needs = needs;
    if (t && (t->grouped = tki_grouped_new(r, needs)))
        return 0;
    free(t);
    *out = NULL;
    return tki_err_memory(err);
}

const struct tk_err *tki_traces_fault(const struct tk_traces *t)
{
    static const struct tk_err none;
    return t->grouped ? tki_grouped_fault(t->grouped) : &none;
}

int tki_traces_brief(struct tk_traces *t, const struct tk_traces_opts *opts, struct tki_pass *pass)
{
    size_t memory_max = opts && opts->memory_max ? opts->memory_max : MEMORY_DEFAULT;
    struct tk_err err;
    tki_sorter_close(t->sorter);
    t->sorter = NULL;
    t->state = -1;
    t->memory_max = memory_max / 2;
    t->pass = pass;
    if (opts && opts->tmpdir && !t->tmpdir && !(t->tmpdir = strdup(opts->tmpdir)))
        return TK_ENOMEM;
    if (!(t->brief = tki_brief_new()))
        return TK_ENOMEM;
    return tki_sorter_open(&t->sorter, t->memory_max, t->tmpdir, &err) < 0 ? TK_ENOMEM : TK_OK;
}

void tki_traces_by_id(struct tk_traces *t)
{
    t->by_id = true;
}

static int reserve(struct tk_traces *t, size_t n)
{
    const struct tki_column columns[] = {TKI_COLUMN(t->order), TKI_COLUMN(t->rows)};
    return TKI_GROW_COLUMNS(columns, t->cap, n, false) < 0 ? tki_err_memory(&t->err) : 0;
}

static uint32_t half_of(struct tk_traces *t, tk_id128 id)
{
    return tki_idmap_put(&t->halves, (tk_id128){0, id.lo});
}

/* Which traces have an id of which one other is the lower half. */
static int find_halves(struct tk_traces *t)
{
    if (TKI_GROW(t->joined, t->joined_cap, (size_t)t->halves.n + 1) < 0)
        return TK_ENOMEM;
    memset(t->joined, 0, (size_t)t->halves.n + 1);
    for (uint32_t i = 0; i < t->ids.n; i++) {
        uint8_t *half = &t->joined[half_of(t, t->ids.ids[i])];
        *half |= !t->ids.ids[i].hi ? CUT : *half & WHOLE ? MANY : WHOLE;
    }
    return TK_OK;
}

/* Returns true if what comes next in the order is of the trace of that key. */
static bool same_trace(const struct tk_traces *t, tk_id128 key)
{
    if (t->ahead.key.hi != key.hi)
        return false;
    return t->ahead.key.lo == key.lo || t->join_links || (t->join && t->joined[key.hi] == (CUT | WHOLE));
}

static int put_part(struct tk_traces *t, const struct tk_batch *b, const uint32_t *rows, size_t n)
{
    if (t->brief)
        return tki_brief_put(t->brief, &t->part, b, rows, n);
    tki_otlp_proto_put(&t->part, b, rows, n);
    return t->part.err;
}

int tk_traces_add(struct tk_traces *t, const struct tk_batch *b, const uint32_t *rows, size_t nrows)
{
    size_t n = rows ? nrows : b->nspans;
    bool sorted = true;
    if (reserve(t, n) < 0 || tki_complete_view(t->complete, b, rows, n, &b, &t->err) < 0)
        return t->err.code;
    if (t->brief)
        tki_brief_begin(t->brief);
    for (size_t i = 0; i < n; i++) {
        uint32_t row = rows ? rows[i] : (uint32_t)i;
        uint32_t number = tki_idmap_put(&t->ids, b->spans[row].trace_id);
        if (number == TKI_MAP_NONE)
            return tki_err_memory(&t->err);
        if (t->join_links && tki_linked_note(&t->linked, number, b, &b->spans[row]) < 0)
            return tki_err_memory(&t->err);
        t->order[i] = (uint64_t)number << 32 | row;
        sorted = sorted && (i == 0 || t->order[i] > t->order[i - 1]);
    }
    if (!sorted)
        tki_sort_u64(t->order, n);
    for (size_t i = 0; i < n; i++)
        t->rows[i] = (uint32_t)t->order[i];
    for (size_t i = 0, end; i < n; i = end) {
        uint64_t number = t->order[i] >> 32;
        for (end = i + 1; end < n && t->order[end] >> 32 == number; end++)
            ;
        tki_buf_reset(&t->part);
        if (put_part(t, b, t->rows + i, end - i) < 0)
            return tki_err_memory(&t->err);
        uint32_t half = t->join ? half_of(t, t->ids.ids[number]) : 0;
        if (half == TKI_MAP_NONE)
            return tki_err_memory(&t->err);
        tk_id128 key = t->by_id ? t->ids.ids[number] : (tk_id128){half, number};
        int r = tki_sorter_add(t->sorter, key, t->seq++, (tk_str){t->part.p, t->part.n}, &t->err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Sorts once more, now that it is known which traces come together: by the one on top, which comes first. */
static int sort_by_top(struct tk_traces *t)
{
    struct tki_sorter *to;
    int r = tki_sorter_open(&to, t->memory_max, t->tmpdir, &t->err);
    if (r < 0)
        return r;
    while ((r = tki_sorter_next(t->sorter, &t->ahead, &t->err)) == 1) {
        uint64_t number = t->ahead.key.lo, top = t->linked.top[number];
        tk_id128 key = {top, number == top ? 0 : number + 1};
        r = tki_sorter_add(to, key, t->ahead.seq, t->ahead.payload, &t->err);
        if (r < 0)
            break;
    }
    tki_sorter_close(r < 0 ? to : t->sorter);
    if (r == 0)
        t->sorter = to;
    t->linked_settled = r == 0;
    return r;
}

static int cmp_id(const void *pa, const void *pb)
{
    const tk_id128 *a = pa, *b = pb;
    if (a->hi != b->hi)
        return a->hi < b->hi ? -1 : 1;
    return (a->lo > b->lo) - (a->lo < b->lo);
}

/* Once all are there: numbers in the order in which the traces are handed out. */
static int number_by_id(struct tk_traces *t)
{
    struct tki_idmap sorted = {0};
    if (t->ids.n)
        qsort(t->ids.ids, t->ids.n, sizeof *t->ids.ids, cmp_id);
    for (uint32_t i = 0; i < t->ids.n; i++)
        if (tki_idmap_put(&sorted, t->ids.ids[i]) == TKI_MAP_NONE) {
            tki_idmap_free(&sorted);
            return tki_err_memory(&t->err);
        }
    tki_idmap_free(&t->ids);
    t->ids = sorted;
    t->numbered = true;
    return 0;
}

static int begin(struct tk_traces *t)
{
    if (t->by_id && !t->numbered && number_by_id(t) < 0)
        return t->err.code;
    if (t->join_links && !t->linked_settled) {
        if (tki_linked_settle(&t->linked, &t->ids) < 0)
            return tki_err_memory(&t->err);
        int r = sort_by_top(t);
        tki_linked_free(&t->linked);
        if (r < 0)
            return r;
    }
    if (t->join && t->ids.n && find_halves(t) < 0)
        return tki_err_memory(&t->err);
    if (!t->pass && !t->grouped)
        tki_idmap_free(&t->ids);
    tki_idmap_free(&t->halves);
    int r = tki_sorter_next(t->sorter, &t->ahead, &t->err);
    t->state = r < 0 ? t->state : r;
    return r;
}

/* The parts of the next trace, where it is wanted: in short into the batch, else into t->whole. */
static int gather(struct tk_traces *t, bool wanted)
{
    tk_id128 key = t->ahead.key;
    tki_buf_reset(&t->whole);
    while (t->state && same_trace(t, key)) {
        if (wanted && !t->brief)
            tki_buf_str(&t->whole, t->ahead.payload);
        else if (wanted && tki_brief_take(t->brief, t->ahead.payload, &t->err) < 0)
            return t->err.code;
        int r = tki_sorter_next(t->sorter, &t->ahead, &t->err);
        if (r < 0)
            return r;
        t->state = r;
    }
    return t->whole.err ? tki_err_memory(&t->err) : TK_OK;
}

/* The next trace of the sorter. */
static int next_sorted(struct tk_traces *t, bool wanted, struct tk_batch **trace)
{
    int r;
    if (t->state < 0 && (r = begin(t)) < 0)
        return r;
    if (!t->state)
        return 0;
    struct tk_batch *brief = t->brief && wanted ? tki_brief_batch(t->brief) : NULL;
    if ((r = gather(t, wanted)) < 0 || !wanted)
        return r < 0 ? r : 1;
    *trace = brief ? brief : t->batch;
    if (brief)
        return brief->err ? tki_err_memory(&t->err) : 1;
    tk_batch_reset(t->batch);
    r = tki_otlp_proto_add(t->batch, (tk_str){t->whole.p, t->whole.n}, t->needs, &t->err);
    return r < 0 ? r : 1;
}

/* The next trace of grouped input; in short it is kept for another reading. */
static int next_grouped(struct tk_traces *t, bool wanted, struct tk_batch **trace)
{
    int r = tki_grouped_next(t->grouped, wanted, trace, &t->err);
    if (r == 0 && t->brief)
        t->recorded = true;
    if (r != 1 || !t->brief || t->recorded)
        return r;
    tki_buf_reset(&t->part);
    tki_brief_begin(t->brief);
    if (tki_brief_put(t->brief, &t->part, *trace, NULL, 0) < 0)
        return tki_err_memory(&t->err);
    r = tki_sorter_add(t->sorter, (tk_id128){0, t->number}, 0, (tk_str){t->part.p, t->part.n}, &t->err);
    return r < 0 ? r : 1;
}

static int next(struct tk_traces *t, bool wanted, struct tk_batch **trace)
{
    *trace = NULL;
    t->number++;
    return t->grouped && !t->replay ? next_grouped(t, wanted, trace) : next_sorted(t, wanted, trace);
}

/* ---- once more, for what else traces say ---- */

static int add_again(void *full, const struct tk_batch *b, const uint32_t *rows, size_t nrows, struct tk_err *err)
{
    int r = tk_traces_add(full, b, rows, nrows);
    if (r < 0)
        *err = *tk_traces_err(full);
    return r;
}

static void forget(struct tk_traces *t)
{
    tk_traces_close(t->full);
    t->full = NULL;
    tki_idmap_free(&t->only);
    t->only = (struct tki_idmap){0};
    t->started = false;
}

/* Of grouped input the traces come while it is read; else they are read here, and put together. */
static int start_again(struct tk_traces *t, const bool *wanted, size_t n)
{
    const struct tk_traces_opts opts = {.memory_max = t->memory_max / 2, .tmpdir = t->tmpdir};
    const struct tki_idmap *only = wanted ? &t->only : NULL;
    t->started = true;
    if (wanted && tki_choose_again(&t->only, &t->ids, wanted, n) < 0)
        return tki_err_memory(&t->err);
    if (t->grouped)
        return tki_grouped_rewind(t->grouped, t->needs, only, &t->err);
    t->faulty = t->faulty || t->pass->read_err.code < 0;
    int r = tk_traces_open(&t->full, &opts, &t->err);
    return r < 0 ? r : tki_read_again(t->pass, TK_NEED_COPY, only, t->faulty, add_again, t->full, &t->err);
}

/* The traces that are wanted; all where wanted is NULL. */
static int next_again(struct tk_traces *t, const bool *wanted, size_t n, struct tk_batch **trace)
{
    *trace = NULL;
    int r = t->started ? 0 : start_again(t, wanted, n);
    if (r < 0) {
        forget(t);
        return r;
    }
    do {
        r = t->grouped ? tki_grouped_next(t->grouped, true, trace, &t->err) : tk_traces_next(t->full, trace);
        if (r != 1)
            break;
        t->number = (*trace)->nspans ? tki_idmap_get(&t->ids, (*trace)->spans[0].trace_id) + 1 : 0;
    } while (wanted && (t->number == 0 || t->number > n || !wanted[t->number - 1]));
    if (r < 0 && t->full)
        t->err = *tk_traces_err(t->full);
    if (r == 0 && t->grouped && !t->faulty && tki_grouped_fault(t->grouped)->code < 0) {
        t->err = *tki_grouped_fault(t->grouped);
        r = t->err.code;
    }
    return r;
}

int tk_traces_next(struct tk_traces *t, struct tk_batch **trace)
{
    return t->again ? next_again(t, NULL, 0, trace) : next(t, true, trace);
}

int tki_traces_next_of(struct tk_traces *t, const bool *wanted, size_t n, struct tk_batch **trace)
{
    int r = 1;
    *trace = NULL;
    if (t->again)
        return next_again(t, wanted, n, trace);
    while (r == 1 && t->number < n && !wanted[t->number])
        r = next(t, false, trace);
    return r == 1 && t->number < n ? next(t, true, trace) : r < 0 ? r : 0;
}

const tk_id128 *tki_traces_ids(const struct tk_traces *t, size_t *n)
{
    *n = t->ids.n;
    return t->ids.ids;
}

uint32_t tki_traces_number(const struct tk_traces *t)
{
    return t->number - 1;
}

void tki_traces_need(struct tk_traces *t, unsigned needs)
{
    t->needs = needs;
}

int tki_traces_rewind(struct tk_traces *t, unsigned needs)
{
    t->number = 0;
    t->needs = needs ? needs : t->needs;
    bool in_short = !(t->needs & ~(unsigned)TKI_BRIEF_NEEDS);
    t->replay = t->recorded && in_short;
    if (t->grouped && !t->ids.n) { /* after the first reading */
        tki_grouped_take_ids(t->grouped, &t->ids);
        t->faulty = tki_grouped_fault(t->grouped)->code < 0;
    }
    forget(t);
    t->again = t->grouped ? !t->replay : t->pass && !in_short;
    if (t->again && t->grouped)
        return TK_OK;
    if (t->state < 0) /* nothing was taken from the sorter yet */
        return TK_OK;
    int r = tki_sorter_rewind(t->sorter, &t->err);
    t->state = r < 0 ? 0 : -1;
    return r;
}

const struct tk_err *tk_traces_err(const struct tk_traces *t)
{
    return &t->err;
}

void tk_traces_close(struct tk_traces *t)
{
    if (!t)
        return;
    tki_grouped_free(t->grouped);
    tki_brief_free(t->brief);
    forget(t);
    tki_idmap_free(&t->ids);
    tki_idmap_free(&t->halves);
    free(t->joined);
    free(t->tmpdir);
    tki_linked_free(&t->linked);
    tki_sorter_close(t->sorter);
    tki_buf_free(&t->part);
    tki_buf_free(&t->whole);
    tk_batch_free(t->batch);
    tki_complete_free(t->complete);
    free(t->order);
    free(t->rows);
    free(t);
}
