#include "run/grouped.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/map.h"
#include "format/otlp/otlp.h"
#include "run/reader.h"

struct tki_grouped {
    struct tk_reader *reader;
    unsigned needs;
    struct tki_idmap ids; /* of traces that were begun in this reading */
    struct tk_batch *b;   /* the reader's; NULL: the next one is to be read */
    struct tk_span *spans;
    uint32_t nspans, at; /* all of its spans; those before `at` were handed out */
    bool narrowed;       /* b shows one trace */
    bool ended;
    struct tki_buf carried; /* the beginning of a trace, from batches that are gone */
    tk_id128 carried_id;
    struct tk_batch *own; /* where it is put together */
    struct tk_err fault;
};

struct tki_grouped *tki_grouped_new(struct tk_reader *r, unsigned needs)
{
    struct tki_grouped *g = calloc(1, sizeof *g);
    struct tk_batch *own = g ? tk_batch_new() : NULL;
    if (!own) {
        free(g);
        return NULL;
    }
    *g = (struct tki_grouped){.reader = r, .needs = needs, .own = own};
    return g;
}

/* The reader's batch as it was. */
static void widen(struct tki_grouped *g)
{
    if (g->narrowed) {
        g->b->spans = g->spans;
        g->b->nspans = g->nspans;
    }
    g->narrowed = false;
}

void tki_grouped_free(struct tki_grouped *g)
{
    if (!g)
        return;
    widen(g);
    tki_idmap_free(&g->ids);
    tki_buf_free(&g->carried);
    tk_batch_free(g->own);
    free(g);
}

const struct tk_err *tki_grouped_fault(const struct tki_grouped *g)
{
    return &g->fault;
}

static bool same(tk_id128 a, tk_id128 b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

/* 1: there are spans at g->at; 0: the end. */
static int fill(struct tki_grouped *g, struct tk_err *err)
{
    while (!g->ended && (!g->b || g->at == g->nspans)) {
        widen(g);
        int rc = tk_reader_next(g->reader, &g->b);
        if (rc == TK_ENOMEM)
            return tki_err_memory(err);
        if (rc < 0)
            g->fault = *tk_reader_err(g->reader);
        g->ended = rc != 1;
        g->at = 0;
        g->spans = g->ended ? NULL : g->b->spans;
        g->nspans = g->ended ? 0 : g->b->nspans;
    }
    return !g->ended;
}

int tki_grouped_comes_back(struct tk_reader *r, tk_id128 id, struct tk_err *err)
{
    const char *source = tk_reader_source(r, NULL);
    return tki_err_set(err, TK_EINVALID,
                       "%s: trace %016" PRIx64 "%016" PRIx64
                       " comes back after others: the spans of each trace do not stand together, as --grouped wants",
                       source ? source : "input", id.hi, id.lo);
}

static int begin(struct tki_grouped *g, tk_id128 id, struct tk_err *err)
{
    uint32_t before = g->ids.n, n = tki_idmap_put(&g->ids, id);
    if (n == TKI_MAP_NONE)
        return tki_err_memory(err);
    if (n == before)
        return TK_OK;
    return tki_grouped_comes_back(g->reader, id, err);
}

/* Where the spans of the trace end that are in this batch. */
static uint32_t end_of(const struct tki_grouped *g, tk_id128 id)
{
    uint32_t end = g->at;
    while (end < g->nspans && same(g->spans[end].trace_id, id))
        end++;
    return end;
}

/* The batch shows what is between g->at and `end`. */
static void narrow(struct tki_grouped *g, uint32_t end)
{
    g->b->spans = g->spans + g->at;
    g->b->nspans = end - g->at;
    g->narrowed = true;
    g->at = end;
}

/* The trace that was carried, decoded. */
static int put_together(struct tki_grouped *g, struct tk_batch **trace, struct tk_err *err)
{
    if (g->carried.err)
        return tki_err_memory(err);
    tk_batch_reset(g->own);
    int rc = tki_otlp_proto_add(g->own, (tk_str){g->carried.p, g->carried.n}, g->needs & ~(unsigned)TK_NEED_RAW, err);
    *trace = g->own;
    return rc < 0 ? rc : 1;
}

/* The trace whose beginning is carried goes on to where another one begins. */
static int finish(struct tki_grouped *g, bool wanted, struct tk_batch **trace, struct tk_err *err)
{
    int rc;
    while ((rc = fill(g, err)) == 1 && same(g->spans[g->at].trace_id, g->carried_id)) {
        narrow(g, end_of(g, g->carried_id));
        if (wanted)
            tki_otlp_proto_put(&g->carried, g->b, NULL, 0);
    }
    if (rc < 0 || !wanted)
        return rc < 0 ? rc : 1;
    return put_together(g, trace, err);
}

int tki_grouped_next(struct tki_grouped *g, bool wanted, struct tk_batch **trace, struct tk_err *err)
{
    *trace = NULL;
    int rc = fill(g, err);
    if (rc != 1)
        return rc;
    tk_id128 id = g->spans[g->at].trace_id;
    if ((rc = begin(g, id, err)) < 0)
        return rc;
    narrow(g, end_of(g, id));
    if (g->at < g->nspans) {
        *trace = g->b;
        return 1;
    }
    tki_buf_reset(&g->carried);
    if (wanted)
        tki_otlp_proto_put(&g->carried, g->b, NULL, 0);
    /* it may go on in the next batch */
    g->carried_id = id;
    return finish(g, wanted, trace, err);
}

void tki_grouped_take_ids(struct tki_grouped *g, struct tki_idmap *ids)
{
    *ids = g->ids;
    g->ids = (struct tki_idmap){0};
}

int tki_grouped_rewind(struct tki_grouped *g, unsigned needs, const struct tki_idmap *only, struct tk_err *err)
{
    widen(g);
    g->b = NULL;
    g->ended = g->narrowed = false;
    g->at = g->nspans = 0;
    g->needs = needs;
    tki_idmap_free(&g->ids);
    g->ids = (struct tki_idmap){0};
    int rc = tki_reader_again(g->reader, &(struct tki_reader_ask){.needs = needs, .only = only});
    if (rc < 0)
        *err = *tk_reader_err(g->reader);
    return rc;
}
